import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { waitFor } from '../../support/wait-for.ts';
import { handFrame } from './support/hand-frames.ts';
import { echo, failureOf, RawPeer, RpcRig, request, textOf } from './support/rpc-rig.ts';

let rig = new RpcRig();
afterEach(async () => {
  await rig.end();
  rig = new RpcRig();
});

/** A server that does what the test says; gives its address and its connections. */
async function rawServer() {
  const peers: RawPeer[] = [];
  const address = await rig.serve((socket) => peers.push(new RawPeer(socket)));
  return { address, peer: (index: number) => waitFor(`connection ${index}`, () => peers[index]) };
}

async function unusedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  return `127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
}

describe('calls over one connection', () => {
  it('R6: gives each caller its own answer, in whatever order they come', async () => {
    const { address } = await rig.listen(rig.hold);
    const channel = rig.channel(address);
    const calls = ['a', 'b', 'c'].map((name) =>
      channel.call(request({ payload: Buffer.from(name) })),
    );
    await rig.nthHeld(2);
    for (const { call, answer } of [...rig.held].reverse()) answer(`to ${textOf(call)}`);
    expect((await Promise.all(calls)).map(textOf)).toEqual(['to a', 'to b', 'to c']);
    expect(new Set(rig.held.map(({ call }) => call.peer)).size).toBe(1);
  });

  it('carries a thousand calls at once, small and large', async () => {
    const { address } = await rig.listen(echo);
    const channel = rig.channel(address, { queuedBytesMax: 64 * 1024 * 1024 });
    const sent = Array.from({ length: 1_000 }, (_, index) =>
      Buffer.alloc(index % 50 === 0 ? 300_000 : index, index),
    );
    const answers = await Promise.all(sent.map((payload) => channel.call(request({ payload }))));
    expect(answers.every(({ payload }, index) => sent[index]?.equals(payload))).toBe(true);
  });

  it('sends what is called in one turn in one write', async () => {
    const { address, peer } = await rawServer();
    const channel = rig.channel(address);
    const first = channel.call(request());
    const server = await peer(0);
    await server.frame(0);
    server.write(handFrame({ type: 2, id: 1n }));
    await first;
    const chunks: number[] = [];
    server.socket.on('data', (chunk: Buffer) => chunks.push(chunk.length));
    const calls = Array.from({ length: 20 }, () => channel.call(request()));
    await server.frame(20);
    expect(chunks).toHaveLength(1);
    server.write(...calls.map((_, index) => handFrame({ type: 2, id: BigInt(index + 2) })));
    await Promise.all(calls);
  });

  it('R6: an answer that comes too late reaches nobody', async () => {
    const { address, peer } = await rawServer();
    const channel = rig.channel(address);
    const late = await failureOf(channel.call(request({ timeoutMs: 30 })));
    expect(late).toMatchObject({ code: 'deadline_exceeded', reason: 'timeout', executed: 'maybe' });
    const next = channel.call(request());
    const server = await peer(0);
    expect(await server.frame(1)).toMatchObject({ type: 3, id: 1n });
    expect(await server.frame(2)).toMatchObject({ type: 1, id: 2n });
    server.write(
      handFrame({ type: 2, id: 1n, payload: 'late' }),
      handFrame({ type: 2, id: 2n, payload: 'mine' }),
    );
    expect(textOf(await next)).toBe('mine');
  });

  it('R7: a caller that gives up aborts what runs for it', async () => {
    const { address } = await rig.listen(rig.hold);
    const giveUp = new AbortController();
    const call = failureOf(rig.channel(address).call(request({ signal: giveUp.signal })));
    const { call: incoming } = await rig.nthHeld(0);
    expect(incoming.signal.aborted).toBe(false);
    const aborted = once(incoming.signal, 'abort');
    giveUp.abort();
    expect(await call).toMatchObject({ code: 'cancelled', executed: 'maybe' });
    await aborted;
    expect(incoming.signal.aborted).toBe(true);
  });

  it('R7: a deadline crosses the wire, and the server gives up by itself', async () => {
    const clock = new FakeClock();
    const { address } = await rig.listen(rig.hold, { clock });
    const call = rig.channel(address).call(request({ timeoutMs: 15_000 }));
    const { call: incoming, answer } = await rig.nthHeld(0);
    expect(incoming.timeoutMs).toBeGreaterThan(5_000);
    expect(incoming.timeoutMs).toBeLessThanOrEqual(15_000);
    answer('in time');
    expect(textOf(await call)).toBe('in time');

    const peer = await rig.peer(address);
    const metadata = JSON.stringify({ Extra: { 'rpc-timeout-ms': '0000005000' } });
    peer.write(handFrame({ type: 1, id: 1n, metadata }));
    const { call: late, answer: answerLate } = await rig.nthHeld(1);
    expect(late.timeoutMs).toBe(5_000);
    const aborted = once(late.signal, 'abort');
    clock.advance(5_001);
    await aborted;
    answerLate('in vain');
    peer.write(handFrame({ type: 5, id: 2n }));
    expect(await peer.frame(0)).toMatchObject({ type: 6 });
  });

  it('says Infinity to the server when the caller waits for as long as it takes', async () => {
    const { address } = await rig.listen(rig.hold);
    const call = rig.channel(address).call(request({ timeoutMs: Infinity }));
    const { call: incoming, answer } = await rig.nthHeld(0);
    expect(incoming.timeoutMs).toBe(Infinity);
    answer('done');
    expect(textOf(await call)).toBe('done');
  });

  it.each([
    { what: 'a time-out of nothing', over: { timeoutMs: 0 }, code: 'deadline_exceeded' },
    { what: 'a signal that has aborted', over: { signal: AbortSignal.abort() }, code: 'cancelled' },
    {
      what: 'a payload over the limit',
      over: { payload: Buffer.alloc(101) },
      code: 'resource_exhausted',
    },
    {
      what: 'metadata over the limit',
      over: { metadata: { a: 'x'.repeat(1_000) } },
      code: 'resource_exhausted',
    },
  ])('does not send a call with $what', async ({ over, code }) => {
    const { address } = await rig.listen(rig.hold);
    const channel = rig.channel(address, { payloadBytesMax: 100, metadataBytesMax: 1_000 });
    expect(await failureOf(channel.call(request(over)))).toMatchObject({ code, executed: 'no' });
    expect(rig.held).toHaveLength(0);
  });
});

describe('connections that are not there or end', () => {
  it('fails with connection_refused where nobody listens, and connects with the next call', async () => {
    const address = await unusedAddress();
    const channel = rig.channel(address);
    expect(await failureOf(channel.call(request()))).toMatchObject({
      ...{ code: 'unavailable', reason: 'connection_refused', executed: 'no' },
    });
    await rig.listen(echo, { port: Number(address.split(':')[1]) });
    expect(textOf(await channel.call(request()))).toBe('"ask"');
  });

  it('R7: does not wait for a connection for longer than its time-out', async () => {
    const { address } = await rig.listen(echo);
    // Its clock does not move by itself, so the connection is never there in time.
    const clock = new FakeClock();
    const channel = rig.channel(address, { clock, connectTimeoutMs: 100 });
    const call = failureOf(channel.call(request()));
    clock.advance(101);
    expect(await call).toMatchObject({ code: 'unavailable', reason: 'timeout', executed: 'no' });
  });

  it('fails what is on its way with maybe when the connection breaks, and makes another', async () => {
    const { address, peer } = await rawServer();
    const channel = rig.channel(address);
    const calls = [failureOf(channel.call(request())), failureOf(channel.call(request()))];
    const server = await peer(0);
    await server.frame(1);
    server.socket.resetAndDestroy();
    for (const call of calls) {
      expect(await call).toMatchObject({
        ...{ code: 'unavailable', reason: 'connection_reset', executed: 'maybe' },
      });
    }
    const again = channel.call(request());
    await (await peer(1)).frame(0);
    (await peer(1)).write(handFrame({ type: 2, id: 1n, payload: 'back' }));
    expect(textOf(await again)).toBe('back');
  });

  it('ends the connection when it brings garbage', async () => {
    const { address, peer } = await rawServer();
    const call = failureOf(rig.channel(address).call(request()));
    const server = await peer(0);
    await server.frame(0);
    server.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await call).toMatchObject({ reason: 'protocol', executed: 'maybe' });
    expect(await server.closed()).toBe(true);
  });

  it('fails the one call whose answer is too large', async () => {
    const { address } = await rig.listen(async ({ payload }) => ({
      ...{ ok: true, payload: Buffer.alloc(Number(textOf({ payload }))) },
    }));
    const channel = rig.channel(address, { payloadBytesMax: 1_000 });
    const large = failureOf(channel.call(request({ payload: Buffer.from('200000') })));
    const small = channel.call(request({ payload: Buffer.from('10') }));
    expect(await large).toMatchObject({ code: 'resource_exhausted', executed: 'yes' });
    expect((await small).payload).toHaveLength(10);
  });

  it('R7: asks an instance that is silent whether it lives, and leaves one that does not say', async () => {
    const clock = new FakeClock();
    const { address, peer } = await rawServer();
    const channel = rig.channel(address, { clock, keepAliveMs: 1_000, keepAliveTimeoutMs: 500 });
    const call = failureOf(channel.call(request()));
    const server = await peer(0);
    await server.frame(0);
    clock.advance(1_000);
    expect(await server.frame(1)).toMatchObject({ type: 5 });
    server.write(handFrame({ type: 6, id: 0n }));
    server.write(handFrame({ type: 5, id: 1n }));
    await server.frame(2);
    clock.advance(1_000);
    expect(await server.frame(3)).toMatchObject({ type: 5 });
    clock.advance(500);
    expect(await call).toMatchObject({ reason: 'connection_reset', executed: 'maybe' });
  });

  it('fails its calls with cancelled when it is closed, and takes no more', async () => {
    const { address } = await rig.listen(rig.hold);
    const channel = rig.channel(address);
    const call = failureOf(channel.call(request()));
    await rig.nthHeld(0);
    await channel.close();
    expect(await call).toMatchObject({ code: 'cancelled', executed: 'maybe' });
    expect(await failureOf(channel.call(request()))).toMatchObject({
      ...{ code: 'cancelled', executed: 'no' },
    });
  });

  it('refuses an address that is none', () => {
    expect(() => rig.channel('nowhere')).toThrow('"nowhere" is not an address');
  });
});

describe('too much on the way', () => {
  it('refuses calls over the limit of calls', async () => {
    const { address } = await rig.listen(rig.hold);
    const channel = rig.channel(address, { inFlightMax: 2 });
    const calls = [channel.call(request()), channel.call(request())];
    expect(await failureOf(channel.call(request()))).toMatchObject({
      ...{ code: 'resource_exhausted', reason: 'overloaded', executed: 'no' },
    });
    await rig.nthHeld(1);
    for (const { answer } of rig.held) answer('done');
    expect((await Promise.all(calls)).map(textOf)).toEqual(['done', 'done']);
    expect(channel.isDraining).toBe(false);
  });

  it('keeps no more than its limit for a peer that does not read; what was not written is not executed', async () => {
    const address = await rig.serve((socket) => socket.pause());
    const channel = rig.channel(address, { queuedBytesMax: 8_000_000, payloadBytesMax: 2_000_000 });
    const payload = Buffer.alloc(1_000_000);
    const outcomes: string[] = [];
    const calls: Promise<unknown>[] = [];
    const send = () => {
      const call = failureOf(channel.call(request({ payload, timeoutMs: 60_000 })));
      calls.push(call.then(({ reason, executed }) => outcomes.push(`${reason} ${executed}`)));
    };
    await waitFor('a refusal', () => {
      send();
      return outcomes.includes('overloaded no');
    });
    await channel.close();
    await Promise.all(calls);
    expect(new Set(outcomes)).toEqual(
      new Set(['overloaded no', 'cancelled maybe', 'cancelled no']),
    );
  });
});
