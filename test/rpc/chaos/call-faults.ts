import { expect } from 'vitest';
import { failureOf, SHORT_MS } from './caller.ts';
import { BIG_BYTES } from './ledger.ts';
import { type Fault, overcome, withEach } from './scene.ts';

const BYTES_MAX = 1_024;
const TOO_LONG = Buffer.alloc(BYTES_MAX + 1);

/** How calls fail of themselves, by their callers and by what they are. */
export const CALL_FAULTS: Readonly<Record<string, Fault>> = {
  'the method does not come to an end': async (scene) =>
    withEach(await scene.sides(), async (side) => {
      const call = side.ask('hang', { timeoutMs: SHORT_MS });
      const failed = await overcome(side, call);
      await scene.shared.entered('aborted', call.id);
      return failed;
    }),

  'the caller gives up': async (scene) =>
    withEach(await scene.sides(), async (side) => {
      const caller = new AbortController();
      const call = side.ask('hang', { signal: caller.signal });
      await scene.shared.entered('executed', call.id);
      caller.abort();
      await scene.shared.entered('aborted', call.id);
      return overcome(side, call);
    }),

  'the channel is closed while the method runs': async (scene) =>
    withEach(await scene.sides(), async (side) => {
      const call = side.ask('hang');
      await scene.shared.entered('executed', call.id);
      await side.close();
      await scene.shared.entered('aborted', call.id);
      const { error } = await side.fails();
      expect(error).toMatchObject({ code: 'cancelled', executed: 'no' });
      return failureOf(call);
    }),

  'the answer is longer than the client allows': async (scene) =>
    withEach(await scene.sides(scene.shared, { payloadBytesMax: BIG_BYTES - 1 }), (side) =>
      overcome(side, side.ask('big')),
    ),

  'the request is longer than the client allows': async (scene) =>
    withEach(await scene.sides(scene.shared, { payloadBytesMax: BYTES_MAX }), (side) =>
      overcome(side, side.ask('', { load: TOO_LONG })),
    ),

  'the request is longer than the server allows': async (scene) =>
    withEach(await scene.sides(await scene.server({ payloadBytesMax: BYTES_MAX })), (side) =>
      overcome(side, side.ask('', { load: TOO_LONG })),
    ),

  'the server has as many calls as it takes': async (scene) => {
    const server = await scene.server({ inFlightMax: 1 });
    return withEach(await scene.sides(server, { connectionsMax: 2 }), async (side) => {
      const running = side.ask('hang');
      await server.entered('executed', running.id);
      return side.fails();
    });
  },

  'the method fails': async (scene) => withEach(await scene.sides(), (side) => side.fails('fail')),

  'the method says that it has not run': async (scene) =>
    withEach(await scene.sides(), (side) => side.fails('refuse')),

  'there is no such method': async (scene) =>
    withEach(await scene.sides(), (side) => side.fails('', { method: 'Nothing' })),
};
