import { openRawServer } from '../../support/raw-server.ts';
import type { Passage, TcpProxy } from '../../support/tcp-proxy.ts';
import { failureOf, LIVELY, LONG_MS, patienceOf, SHORT_MS } from './caller.ts';
import { onEach } from './on-each.ts';
import { type Fault, overcome, type Scene, withEach } from './scene.ts';

const GARBAGE = Buffer.alloc(512, 'garbage! ');
const nothing: Passage = () => Buffer.alloc(0);
/** Garbage, and no more of it than the first piece: what is closed for it has no more to read. */
function garbage(): Passage {
  let bytes = GARBAGE;
  return () => {
    const piece = bytes;
    bytes = Buffer.alloc(0);
    return piece;
  };
}

/** What networks do to calls while the server is well. */
export const CONNECTION_FAULTS: Readonly<Record<string, Fault>> = {
  'the server accepts and never says a word': (scene) =>
    againstRaw(scene, () => undefined, SHORT_MS),

  'what answers speaks another language': (scene) =>
    againstRaw(scene, (socket) => void socket.write(GARBAGE), LONG_MS),

  'the connection is cut while the method runs': brokenBy((proxy) => proxy.cut()),

  'the connection is reset while the method runs': brokenBy((proxy) => proxy.reset()),

  'the connection is cut in the middle of the answer': async (scene) =>
    withEach(await scene.sides(), async (side) => {
      const { proxy } = side;
      proxy.answers((piece) => {
        // What is shorter is not the answer yet.
        if (piece.length < 1_024) return piece;
        setImmediate(() => proxy.cut());
        return piece.subarray(0, piece.length / 2);
      });
      return overcome(side, side.ask('big'));
    }),

  'the answer is garbled on its way': garbledBy((proxy) => proxy.answers(garbage())),

  'the request is garbled on its way': garbledBy((proxy) => proxy.requests(garbage())),

  'answers do not come through any more, though the connection lasts': silencedBy((proxy) =>
    proxy.answers(nothing),
  ),

  'requests do not come through any more, though the connection lasts': silencedBy((proxy) =>
    proxy.requests(nothing),
  ),

  'the answer comes more slowly than its caller waits': async (scene) =>
    withEach(await scene.sides(), async (side) => {
      // Its pieces come one after the other, and there are more than two.
      side.proxy.delay(SHORT_MS / 2);
      const failed = await side.fails('big', { timeoutMs: SHORT_MS });
      // Slow as it is, it comes to who waits.
      side.proxy.delay(10);
      await side.answers('big');
      return failed;
    }),

  'the answer comes when its caller waits no more': async (scene) =>
    withEach(await scene.sides(), async (side) => {
      const held = Promise.withResolvers<undefined>();
      side.proxy.answers(async (piece) => {
        await held.promise;
        return piece;
      });
      const call = side.ask('', { timeoutMs: SHORT_MS });
      await scene.shared.entered('executed', call.id);
      await call.outcome;
      // It comes right before the answer of the next one.
      const next = side.answers();
      held.resolve(undefined);
      await next;
      return failureOf(call);
    }),
};

function brokenBy(act: (proxy: TcpProxy) => void): Fault {
  return async (scene) =>
    withEach(await scene.sides(), async (side) => {
      const call = side.ask('hang');
      await scene.shared.entered('executed', call.id);
      act(side.proxy);
      const failed = await overcome(side, call);
      await scene.shared.entered('aborted', call.id);
      return failed;
    });
}

function garbledBy(act: (proxy: TcpProxy) => void): Fault {
  return async (scene) =>
    withEach(await scene.sides(), async (side) => {
      act(side.proxy);
      return overcome(side, side.ask());
    });
}

function silencedBy(act: (proxy: TcpProxy) => void): Fault {
  return async (scene) =>
    withEach(await scene.sides(scene.shared, LIVELY), async (side) => {
      act(side.proxy);
      return overcome(side, side.ask('', { timeoutMs: patienceOf(side.name) }));
    });
}

async function againstRaw(
  scene: Scene,
  onData: Parameters<typeof openRawServer>[0],
  timeoutMs: number,
) {
  const server = await openRawServer(onData);
  scene.ends(() => server.close());
  return onEach((name) => scene.caller(name, server.port).fails('', { timeoutMs }));
}
