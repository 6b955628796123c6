import { afterEach, describe, expect, it } from 'vitest';
import { handFrame } from './support/hand-frames.ts';
import { echo, failureOf, RawPeer, RpcRig, request, textOf } from './support/rpc-rig.ts';

let rig = new RpcRig();
afterEach(async () => {
  await rig.end();
  rig = new RpcRig();
});

/** As the seed framework writes the metadata of a call. */
const METADATA = JSON.stringify({
  ServiceName: 'greet.Greet',
  MethodName: 'SayHello',
  Error: '',
  Extra: null,
});

describe('the bytes on the wire', () => {
  it('answers a request of the seed framework in its own form', async () => {
    const { address } = await rig.listen(echo);
    const peer = await rig.peer(address);
    peer.write(handFrame({ type: 1, id: 2n ** 64n - 1n, metadata: METADATA, payload: '{"a":1}' }));
    expect(await peer.frame(0)).toEqual({
      ...{ type: 2, serialization: 1, id: 2n ** 64n - 1n, metadata: '', payload: '{"a":1}' },
    });
  });

  it('R7: takes requests whose metadata is null, which ended the process of the seed', async () => {
    const { address } = await rig.listen(async ({ service }) => ({
      ...{ ok: false, code: 'unimplemented', executed: false },
      message: `service not found: ${service}`,
    }));
    const peer = await rig.peer(address);
    peer.write(
      handFrame({ type: 1, id: 1n, metadata: 'null', payload: '{}' }),
      handFrame({ type: 1, id: 2n, payload: '{}' }),
    );
    for (const index of [0, 1]) {
      const { metadata } = await peer.frame(index);
      expect(JSON.parse(metadata)).toMatchObject({ Error: 'service not found: ' });
    }
  });

  it('writes requests whose header and metadata are those of the seed framework', async () => {
    const peers: RawPeer[] = [];
    const address = await rig.serve((socket) => peers.push(new RawPeer(socket)));
    const channel = rig.channel(address);
    const call = channel.call(request({ timeoutMs: 12_345.2, metadata: { tenant: 'a' } }));
    await expect.poll(() => peers[0]?.frames.length).toBe(1);
    const [sent] = peers[0]?.frames ?? [];
    expect(sent).toMatchObject({ type: 1, serialization: 1, id: 1n, payload: '"ask"' });
    const metadata: unknown = JSON.parse(sent?.metadata ?? '');
    expect(metadata).toMatchObject({
      ...{ ServiceName: 'greet.Greet', MethodName: 'SayHello', Error: '' },
      Extra: { tenant: 'a', 'rpc-timeout-ms': expect.stringMatching(/^00000\d{5}$/) },
    });
    peers[0]?.write(handFrame({ type: 2, id: 1n, metadata: 'null', payload: '"done"' }));
    expect(textOf(await call)).toBe('"done"');
  });

  it('takes an error that is a text alone for one of a method that ran', async () => {
    const address = await rig.serve((socket) => {
      const metadata = JSON.stringify({ ...JSON.parse(METADATA), Error: 'method execution error' });
      socket.once('data', () => socket.write(handFrame({ type: 2, id: 1n, metadata })));
    });
    expect(await failureOf(rig.channel(address).call(request()))).toMatchObject({
      ...{ code: 'unknown', message: 'method execution error' },
      ...{ executed: 'yes', reason: 'application' },
    });
  });

  it.each(['json', 'protobuf'] as const)(
    'carries metadata, errors and their sort in %s',
    async (codec) => {
      const { address } = await rig.listen(async ({ metadata, service, method, timeoutMs }) =>
        metadata['fail'] === undefined
          ? { ok: true, payload: Buffer.from(`${service}/${method} ${timeoutMs}`), metadata }
          : {
              ...{ ok: false, code: 'unavailable', message: 'away for ä while' },
              ...{ executed: false, reason: 'draining', retryAfterMs: 250 },
            },
      );
      const channel = rig.channel(address);
      const first = await channel.call(request({ codec }));
      expect(textOf(first)).toMatch(/^greet.Greet\/SayHello (19\d{3}|20000)$/);
      expect(first.metadata).toEqual({});
      const told = await channel.call(request({ codec, metadata: { a: '1', ü: 'ö' } }));
      expect(told.metadata).toEqual({ a: '1', ü: 'ö' });
      expect(
        await failureOf(channel.call(request({ codec, metadata: { fail: '' } }))),
      ).toMatchObject({
        ...{ code: 'unavailable', message: 'away for ä while', reason: 'draining' },
        ...{ executed: 'no', retryAfterMs: 250 },
      });
    },
  );

  it('refuses metadata under names of its own before anything is sent', async () => {
    const { address } = await rig.listen(echo);
    const call = rig.channel(address).call(request({ metadata: { 'rpc-code': 'x' } }));
    expect(await failureOf(call)).toMatchObject({ code: 'invalid_argument', executed: 'no' });
  });

  it('says clearly that it does not speak a compression or serialization, and goes on', async () => {
    const { address } = await rig.listen(echo);
    const peer = await rig.peer(address);
    peer.write(
      handFrame({ type: 1, id: 1n, compression: 1, metadata: METADATA, payload: 'x' }),
      handFrame({ type: 1, id: 2n, serialization: 9, metadata: METADATA, payload: 'x' }),
      handFrame({ type: 1, id: 3n, metadata: '{', payload: 'x' }),
      handFrame({ type: 1, id: 4n, metadata: METADATA, payload: 'good' }),
    );
    const errors = await Promise.all(
      [0, 1, 2].map(async (index) => JSON.parse((await peer.frame(index)).metadata)),
    );
    expect(errors).toMatchObject([
      { Error: 'unsupported compression type', Extra: { 'rpc-executed': 'no' } },
      { Error: 'unsupported serialization type', Extra: { 'rpc-code': 'unimplemented' } },
      { Error: expect.stringContaining('metadata is malformed'), Extra: { 'rpc-executed': 'no' } },
    ]);
    expect(await peer.frame(3)).toMatchObject({ id: 4n, payload: 'good' });
  });

  it('answers pings', async () => {
    const { address } = await rig.listen(echo);
    const peer = await rig.peer(address);
    peer.write(handFrame({ type: 5, id: 77n }));
    expect(await peer.frame(0)).toMatchObject({ type: 6, id: 77n });
  });
});
