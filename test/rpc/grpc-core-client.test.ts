import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../shared/kernel/clock.ts';
import { listenGrpc } from '../../shared/rpc/grpc/grpc-listener.ts';
import type { GrpcServerOptions } from '../../shared/rpc/grpc/grpc-options.ts';
import { RpcError } from '../../shared/rpc/rpc-error.ts';
import {
  type CallContext,
  type MethodImplementation,
  RpcServer,
} from '../../shared/rpc/rpc-server.ts';
import { TlsFiles } from '../support/tls-files.ts';
import { waitFor } from '../support/wait-for.ts';
import { GrpcPeer, greeter, LARGE, MEGABYTE, type PeerOutcome } from './support/grpc-peer.ts';

let peer: GrpcPeer;
let tls: TlsFiles;
beforeAll(async () => {
  peer = new GrpcPeer();
  tls = await TlsFiles.make();
});
afterAll(async () => {
  await peer[Symbol.asyncDispose]();
  await tls.remove();
});

const closings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
  await peer.reset();
});

async function ourServer(greet: MethodImplementation, options: Partial<GrpcServerOptions> = {}) {
  const contexts: CallContext[] = [];
  const server = new RpcServer();
  const method: MethodImplementation = (request, context) => {
    contexts.push(context);
    return greet(request, context);
  };
  server.register(greeter(), { Greet: method, Book: method, Sing: method });
  const listener = await listenGrpc(server.dispatch, { methods: server.methods, ...options });
  closings.push(() => listener.drain(0));
  return { contexts, server, listener };
}

const greeting: MethodImplementation = async ({ name, number }) => ({
  message: `Hello, ${String(name)}!`,
  number: Number(number) + 1,
});

describe("a client of gRPC's core and our server", () => {
  it('understand each other: 64-bit integers, metadata and the deadline', async () => {
    const { contexts, listener } = await ourServer(async ({ name, number }) => ({
      message: `Hello, ${String(name)}!`,
      number: typeof number === 'bigint' ? number + 1n : null,
    }));
    const client = await peer.dial(listener.address);
    const beganMs = systemClock.monotonicMs();
    const outcome = await client.call({
      ...{ name: 'Ünal', number: String(LARGE), metadata: [['tenant', 'b']], timeout: 4 },
    });
    expect(outcome).toMatchObject({
      code: 0,
      message: 'Hello, Ünal!',
      number: String(LARGE + 1n),
    });
    const [context] = contexts;
    expect(context?.metadata).toEqual({ tenant: 'b' });
    expect(context?.deadlineMs).toBeGreaterThan(beganMs);
    expect(context?.deadlineMs).toBeLessThanOrEqual(systemClock.monotonicMs() + 4_000);
  });

  it('agree on codes and texts', async () => {
    const { listener } = await ourServer(async () => {
      throw new RpcError('not_found', 'Ünal: 100%\n');
    });
    expect(await (await peer.dial(listener.address)).call({})).toMatchObject({
      ...{ code: 5, details: 'Ünal: 100%\n', trailers: { 'rpc-executed': 'yes' } },
    });
  });

  it('agree that a method which there is not is unimplemented', async () => {
    const { listener } = await ourServer(greeting);
    const client = await peer.dial(listener.address);
    expect(await client.call({ method: 'Dance' })).toMatchObject({ code: 12 });
  });

  it('agree on when to come again, and for which time', async () => {
    const { contexts, listener } = await ourServer(async (request, context) => {
      if (contexts.length > 2) return greeting(request, context);
      throw new RpcError('unavailable', 'later', { executed: 'no', retryAfterMs: 20 });
    });
    const client = await peer.dial(listener.address);
    expect(await client.call({ name: 'Ada' })).toMatchObject({ code: 0 });
    expect(contexts.map(({ metadata }) => metadata)).toEqual([
      ...[{}, { 'previous-attempts': '1' }, { 'previous-attempts': '2' }],
    ]);
  });

  it('agree on never to come again', async () => {
    const { contexts, listener } = await ourServer(async () => {
      throw new RpcError('unavailable', 'never', { executed: 'no', retryAfterMs: Infinity });
    });
    expect(await (await peer.dial(listener.address)).call({})).toMatchObject({
      ...{ code: 14, details: 'never', trailers: { 'grpc-retry-pushback-ms': '-1' } },
    });
    expect(contexts).toHaveLength(1);
  });

  it.each(['deadline', 'caller'])('both give up a call that its %s ends', async (by) => {
    const aborted: string[] = [];
    const { contexts, listener } = await ourServer(async ({ name }, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      aborted.push(String(name));
      return {};
    });
    const client = await peer.dial(listener.address);
    const calling = client.call({ name: 'Ada', tag: 'it', timeout: by === 'caller' ? 60 : 2 });
    await waitFor('the call', () => contexts.length > 0);
    if (by === 'caller') await peer.cancel('it');
    expect(await calling).toMatchObject({ code: by === 'caller' ? 1 : 4 });
    await waitFor('the method to be told', () => aborted.includes('Ada'));
  });

  it('agree that a request is too long, and the connection goes on', async () => {
    const { contexts, listener } = await ourServer(greeting, { payloadBytesMax: MEGABYTE });
    const client = await peer.dial(listener.address);
    expect(await client.call({ name: 'x'.repeat(2 * MEGABYTE) })).toMatchObject({ code: 8 });
    expect(contexts).toEqual([]);
    expect(await client.call({ name: 'Ada' })).toMatchObject({ code: 0 });
  });

  it('agree that an answer is too long', async () => {
    const { listener } = await ourServer(async () => ({ message: 'x'.repeat(5 * MEGABYTE) }));
    expect(await (await peer.dial(listener.address)).call({})).toMatchObject({ code: 8 });
  });

  it('speak TLS', async () => {
    const [cert, key] = [tls.paths.cert, tls.paths.key].map((path) => readFileSync(path, 'utf8'));
    if (cert === undefined || key === undefined) throw new Error('there is no certificate');
    const { listener } = await ourServer(greeting, { tls: { cert, key } });
    const client = await peer.dial(listener.address, { ca: tls.paths.ca });
    expect(await client.call({ name: 'Ada' })).toMatchObject({ code: 0 });
  });

  it('get along while it drains: no call fails, and none runs twice', async () => {
    const ran: string[] = [];
    const book: MethodImplementation = async (request, context) => {
      ran.push(String(request['name']));
      return greeting(request, context);
    };
    const [a, b] = [await ourServer(book), await ourServer(book)];
    const target = `ipv4:${a.listener.address},${b.listener.address}`;
    const client = await peer.dial(target, { options: [['grpc.lb_policy_name', 'round_robin']] });
    const outcomes: PeerOutcome[] = [];
    let isOn = true;
    const callOn = async (caller: number) => {
      for (let nth = 0; isOn; nth += 1) {
        outcomes.push(await client.call({ method: 'Book', name: `${caller} ${nth}` }));
      }
    };
    const callers = Array.from({ length: 8 }, (_, nth) => callOn(nth));
    await waitFor('calls', () => a.contexts.length > 50 && b.contexts.length > 50);
    await Promise.all([a.server.drain(5_000), a.listener.drain(5_000)]);
    const after = outcomes.length;
    await waitFor('calls without it', () => outcomes.length > after + 100);
    isOn = false;
    await Promise.all(callers);

    expect(outcomes.filter(({ code }) => code !== 0)).toEqual([]);
    expect(new Set(ran).size).toBe(ran.length);
    expect(ran).toHaveLength(outcomes.length);
  });
});
