import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { waitFor } from '../../support/wait-for.ts';
import { handFrame } from './support/hand-frames.ts';
import { echo, failureOf, RpcRig, request, textOf } from './support/rpc-rig.ts';

let rig = new RpcRig();
afterEach(async () => {
  await rig.end();
  rig = new RpcRig();
});

const METADATA = '{"ServiceName":"s","MethodName":"m"}';
const ask = (id: bigint, payload = 'x') => handFrame({ type: 1, id, metadata: METADATA, payload });

describe('a server that goes', () => {
  it('R7: answers what is on its way, takes no more, and tells its clients', async () => {
    const listener = await rig.listen(rig.hold);
    const channel = rig.channel(listener.address);
    const call = channel.call(request());
    const { answer } = await rig.nthHeld(0);
    const drained = listener.drain(60_000);
    await waitFor('the word of the server', () => channel.isDraining);
    expect(await failureOf(channel.call(request()))).toMatchObject({
      ...{ code: 'unavailable', reason: 'draining', executed: 'no' },
    });
    answer('done');
    expect(textOf(await call)).toBe('done');
    await drained;
    expect(await failureOf(channel.call(request()))).toMatchObject({
      ...{ reason: 'connection_refused', executed: 'no' },
    });
  });

  it('refuses what crossed its word on the way', async () => {
    const listener = await rig.listen(rig.hold);
    const peer = await rig.peer(listener.address);
    peer.write(ask(1n));
    const { answer } = await rig.nthHeld(0);
    const drained = listener.drain(60_000);
    expect(await peer.frame(0)).toMatchObject({ type: 4, id: 1n });
    peer.write(ask(2n));
    const { metadata } = await peer.frame(1);
    expect(JSON.parse(metadata)).toMatchObject({
      Extra: { 'rpc-code': 'unavailable', 'rpc-reason': 'draining', 'rpc-executed': 'no' },
    });
    answer('done');
    expect(await peer.frame(2)).toMatchObject({ id: 1n, payload: 'done' });
    peer.socket.end();
    await drained;
    expect(rig.held).toHaveLength(1);
  });

  it('cuts what is left when its time is over, and aborts what still runs', async () => {
    const listener = await rig.listen(rig.hold);
    const call = failureOf(rig.channel(listener.address).call(request()));
    const { call: incoming } = await rig.nthHeld(0);
    const aborted = once(incoming.signal, 'abort');
    await listener.drain(20);
    expect(await call).toMatchObject({ reason: 'connection_reset', executed: 'maybe' });
    await aborted;
    expect(incoming.signal.aborted).toBe(true);
  });

  it('a client of it connects again when it is back', async () => {
    const first = await rig.listen(echo);
    const channel = rig.channel(first.address);
    await channel.call(request());
    await first.drain(60_000);
    await rig.listen(echo, { port: Number(first.address.split(':')[1]) });
    await waitFor('the end of the old connection', () => !channel.isDraining);
    expect(textOf(await channel.call(request()))).toBe('"ask"');
  });
});

describe('a server that comes', () => {
  it('says where it cannot listen', async () => {
    const { address } = await rig.listen(echo);
    const port = Number(address.split(':')[1]);
    await expect(rig.listen(echo, { port })).rejects.toThrow(
      `calls cannot be taken at 127.0.0.1:${port}`,
    );
  });
});

describe('R7: what a server bears', () => {
  it('ends the connection that brings garbage, and no other', async () => {
    const { address } = await rig.listen(echo);
    const [bad, good] = [await rig.peer(address), await rig.peer(address)];
    bad.write(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
    expect(await bad.closed()).toBe(true);
    good.write(ask(1n, 'fine'));
    expect(await good.frame(0)).toMatchObject({ payload: 'fine' });
  });

  it('takes a request that comes byte by byte', async () => {
    const { address } = await rig.listen(echo);
    const peer = await rig.peer(address);
    peer.socket.setNoDelay(true);
    for (const byte of ask(1n, 'slowly')) {
      await new Promise<void>((resolve) => peer.socket.write(Buffer.of(byte), () => resolve()));
    }
    expect(await peer.frame(0)).toMatchObject({ payload: 'slowly' });
  });

  it('R16: refuses a request over its size, does not run it, and goes on', async () => {
    const { address } = await rig.listen(rig.hold, { payloadBytesMax: 1_000 });
    const channel = rig.channel(address);
    const large = failureOf(channel.call(request({ payload: Buffer.alloc(500_000) })));
    expect(await large).toMatchObject({ code: 'resource_exhausted', executed: 'no' });
    const small = channel.call(request());
    (await rig.nthHeld(0)).answer('done');
    expect(textOf(await small)).toBe('done');
    expect(rig.held).toHaveLength(1);
  });

  it('fails a call whose answer is over its size, and keeps the connection', async () => {
    const { address } = await rig.listen(
      async ({ payload }) => ({ ok: true, payload: Buffer.alloc(payload.length * 20) }),
      { payloadBytesMax: 1_000 },
    );
    const channel = rig.channel(address);
    expect(await failureOf(channel.call(request({ payload: Buffer.alloc(100) })))).toMatchObject({
      ...{ code: 'resource_exhausted', executed: 'yes' },
    });
    expect((await channel.call(request({ payload: Buffer.alloc(10) }))).payload).toHaveLength(200);
  });

  it('R16: refuses calls over the limit of a connection, and does not run them', async () => {
    const { address } = await rig.listen(rig.hold, { inFlightMax: 2 });
    const channel = rig.channel(address);
    const calls = [channel.call(request()), channel.call(request())];
    await rig.nthHeld(1);
    expect(await failureOf(channel.call(request()))).toMatchObject({
      ...{ code: 'resource_exhausted', reason: 'overloaded', executed: 'no' },
    });
    for (const { answer } of rig.held) answer('done');
    await Promise.all(calls);
    expect(rig.held).toHaveLength(2);
  });

  it('R16: tells a connection over their number to go, and runs nothing of it', async () => {
    const { address } = await rig.listen(echo, { connectionsMax: 1 });
    expect(textOf(await rig.channel(address).call(request()))).toBe('"ask"');
    expect(await failureOf(rig.channel(address).call(request()))).toMatchObject({
      ...{ code: 'unavailable', executed: 'no' },
    });
  });

  it('R16: asks a connection that is idle to go, and lets one that works be', async () => {
    const clock = new FakeClock();
    const { address } = await rig.listen(rig.hold, { clock, idleMs: 1_000 });
    const [idle, busy] = [await rig.peer(address), await rig.peer(address)];
    busy.write(ask(1n));
    const { answer } = await rig.nthHeld(0);
    await waitFor('an idle connection to be told', () => {
      clock.advance(1_000);
      return idle.frames.length > 0;
    });
    expect(await idle.frame(0)).toMatchObject({ type: 4 });
    await waitFor('its end', () => {
      clock.advance(1_000);
      return idle.isClosed;
    });
    answer('done');
    expect(await busy.frame(0)).toMatchObject({ type: 2, payload: 'done' });
  });

  it('stops listening to a peer that does not read, and leaves one that asks for ever more', async () => {
    let executed = 0;
    const { address } = await rig.listen(
      async () => {
        executed += 1;
        return { ok: true, payload: Buffer.alloc(1_000_000) };
      },
      { queuedBytesMax: 20_000_000 },
    );
    const peer = await rig.peer(address);
    peer.socket.pause();
    peer.write(...Array.from({ length: 500 }, (_, index) => ask(BigInt(index + 1))));
    await waitFor('the end of it', async () => {
      if (executed < 20) return false;
      peer.socket.resume();
      return peer.isClosed;
    });
    const other = await rig.peer(address);
    other.write(ask(1n));
    expect((await other.frame(0)).payload).toHaveLength(1_000_000);
  });

  it('R16: leaves a peer that has asked and never reads', async () => {
    const clock = new FakeClock();
    const { address } = await rig.listen(
      async () => ({ ok: true, payload: Buffer.alloc(1_000_000) }),
      { clock, idleMs: 1_000 },
    );
    const peer = await rig.peer(address);
    peer.socket.pause();
    peer.write(...Array.from({ length: 30 }, (_, index) => ask(BigInt(index + 1))));
    await waitFor('its answers', () => peer.socket.readableLength > 0);
    await waitFor('its end', () => {
      clock.advance(1_000);
      peer.write(handFrame({ type: 5, id: 1n }));
      return peer.socket.destroyed;
    });
    expect(peer.frames.length).toBeLessThan(30);
  });

  it('serves a peer that reads slowly whatever it asked for', async () => {
    const { address } = await rig.listen(async () => ({
      ok: true,
      payload: Buffer.alloc(300_000),
    }));
    const peer = await rig.peer(address);
    peer.socket.pause();
    peer.write(...Array.from({ length: 50 }, (_, index) => ask(BigInt(index + 1))));
    const other = await rig.peer(address);
    other.write(ask(1n));
    await other.frame(0);
    peer.socket.resume();
    await peer.frame(49);
    expect(new Set(peer.frames.map(({ id }) => id)).size).toBe(50);
  });

  it('answers internal, and no more, when dispatch itself fails', async () => {
    const { address } = await rig.listen(async () => {
      throw new Error('password=secret');
    });
    expect(await failureOf(rig.channel(address).call(request()))).toMatchObject({
      ...{ code: 'internal', message: 'internal error', executed: 'yes' },
    });
  });
});
