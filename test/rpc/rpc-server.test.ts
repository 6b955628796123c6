import { describe, expect, it } from 'vitest';
import { HEALTH_SERVICES } from '../../shared/rpc/proto/health-service.ts';
import { loadServices } from '../../shared/rpc/proto/load-services.ts';
import type { ServiceDefinition } from '../../shared/rpc/proto/service-definition.ts';
import { RpcError } from '../../shared/rpc/rpc-error.ts';
import {
  type MethodImplementation,
  RpcServer,
  type RpcServerOptions,
} from '../../shared/rpc/rpc-server.ts';
import type { Codec, IncomingRequest } from '../../shared/rpc/transport.ts';
import { waitFor } from '../support/wait-for.ts';

const [GREET] = loadServices({
  text: `syntax = "proto3"; package greet;
    service Greet { rpc SayHello(Name) returns (Greeting); }
    message Name { string name = 1; }
    message Greeting { string message = 1; int64 greet_time = 2; }`,
}).values();
const [HEALTH] = HEALTH_SERVICES.values();

function methodOf(service: ServiceDefinition | undefined, name: string) {
  const method = service?.methods.get(name);
  if (method === undefined) throw new Error('there is no such method');
  return method;
}

function incoming(over: Partial<IncomingRequest> = {}): IncomingRequest {
  const { request } = methodOf(GREET, 'SayHello');
  const codec: Codec = over.codec ?? 'json';
  return {
    ...{ service: 'greet.Greet', method: 'SayHello', codec, metadata: {}, timeoutMs: Infinity },
    ...{ payload: request.encode({ name: 'Ann' }, codec), peer: 'test:1' },
    signal: new AbortController().signal,
    ...over,
  };
}

function serving(
  sayHello: MethodImplementation,
  options: Partial<RpcServerOptions> = {},
): RpcServer {
  const server = new RpcServer(options);
  if (GREET !== undefined) server.register(GREET, { SayHello: sayHello });
  return server;
}

async function health(server: RpcServer, service: string): Promise<unknown> {
  const { request, response } = methodOf(HEALTH, 'Check');
  const payload = request.encode({ service }, 'protobuf');
  const result = await server.dispatch(
    incoming({ service: 'grpc.health.v1.Health', method: 'Check', codec: 'protobuf', payload }),
  );
  return result.ok ? response.decode(result.payload, 'protobuf')['status'] : result;
}

const greet: MethodImplementation = async ({ name }) => ({ message: `Hello, ${String(name)}!` });

describe('a server of services', () => {
  it.each(['json', 'protobuf'] as const)('runs the method that is called, in %s', async (codec) => {
    const server = serving(async ({ name }, { metadata, peer, signal }) => {
      const message = `${String(name)} ${metadata['a'] ?? ''} ${peer} ${String(signal.aborted)}`;
      return { message, greetTime: 2n ** 60n };
    });
    const result = await server.dispatch(incoming({ codec, metadata: { a: 'b' } }));
    if (!result.ok) throw new Error(result.message);
    expect(methodOf(GREET, 'SayHello').response.decode(result.payload, codec)).toEqual({
      ...{ message: 'Ann b test:1 false', greetTime: 2n ** 60n },
    });
  });

  it.each<{ what: string; over: Partial<IncomingRequest>; code: string; message: RegExp }>([
    {
      what: 'another service',
      over: { service: 'a.B' },
      code: 'unimplemented',
      message: /^service not found: a\.B$/,
    },
    {
      what: 'another method',
      over: { method: 'Bye' },
      code: 'unimplemented',
      message: /^method not found: Bye$/,
    },
    {
      what: 'a method of objects',
      over: { method: 'constructor' },
      code: 'unimplemented',
      message: /^method not found/,
    },
    {
      what: 'what is no request',
      over: { payload: Buffer.from('{') },
      code: 'invalid_argument',
      message: /^failed to decode request: /,
    },
  ])('does not run $what', async ({ over, code, message }) => {
    expect(await serving(greet).dispatch(incoming(over))).toMatchObject({
      ...{ ok: false, code, executed: false, message: expect.stringMatching(message) },
    });
  });

  it('keeps what a method throws as an RpcError', async () => {
    const server = serving(async () => {
      throw new RpcError('not_found', 'no such name', { retryAfterMs: 5 });
    });
    expect(await server.dispatch(incoming())).toEqual({
      ...{ ok: false, code: 'not_found', message: 'no such name', executed: true, retryAfterMs: 5 },
    });
  });

  it('a method may say that it has done nothing, but a call it made cannot say so for it', async () => {
    const own = new RpcError('unavailable', 'not now', { executed: 'no' });
    const passedOn = new RpcError('unavailable', 'refused', {
      ...{ executed: 'no', reason: 'connection_refused' },
    });
    const [first, second] = await Promise.all(
      [own, passedOn].map((error) => serving(() => Promise.reject(error)).dispatch(incoming())),
    );
    expect(first).toMatchObject({ code: 'unavailable', executed: false });
    expect(second).toMatchObject({ code: 'unavailable', executed: true });
  });

  it('R13: tells callers nothing of other errors than their sort, and its owner all', async () => {
    const faults: unknown[] = [];
    const fault = new Error('password=secret');
    const server = serving(() => Promise.reject(fault), {
      onFault: (thrown) => faults.push(thrown),
    });
    expect(await server.dispatch(incoming())).toEqual({
      ...{ ok: false, code: 'internal', message: 'method execution error', executed: true },
    });
    expect(faults).toEqual([fault]);
  });

  it('answers also for a method that throws at once, in place of rejecting its promise', async () => {
    const server = serving(() => {
      throw new Error('at once');
    });
    expect(await server.dispatch(incoming())).toMatchObject({ code: 'internal', executed: true });
    expect(server.running).toBe(0);
  });

  it('R16: refuses calls over its limit before they run', async () => {
    const hold = Promise.withResolvers<undefined>();
    let runs = 0;
    const server = serving(
      async () => {
        runs += 1;
        await hold.promise;
        return {};
      },
      { concurrencyMax: 1 },
    );
    const first = server.dispatch(incoming());
    expect(await server.dispatch(incoming())).toMatchObject({
      ...{ code: 'resource_exhausted', executed: false, reason: 'overloaded' },
    });
    hold.resolve(undefined);
    expect(await first).toMatchObject({ ok: true });
    expect(await server.dispatch(incoming())).toMatchObject({ ok: true });
    expect(runs).toBe(2);
  });

  it('drains: what runs is waited for, what comes is refused', async () => {
    const hold = Promise.withResolvers<undefined>();
    const server = serving(async () => {
      await hold.promise;
      return {};
    });
    const running = server.dispatch(incoming());
    await waitFor('the call', () => server.running === 1);
    const drained = server.drain(60_000);
    expect(await server.dispatch(incoming())).toMatchObject({
      ...{ code: 'unavailable', executed: false, reason: 'draining' },
    });
    expect(await health(server, '')).toBe('NOT_SERVING');
    hold.resolve(undefined);
    expect(await drained).toBe(0);
    expect(await running).toMatchObject({ ok: true });
  });

  it('says how many still run when the time of a drain is over', async () => {
    const hold = Promise.withResolvers<undefined>();
    const server = serving(() => hold.promise.then(() => ({})));
    const running = server.dispatch(incoming());
    expect(await server.drain(5)).toBe(1);
    hold.resolve(undefined);
    await running;
  });

  it('says of each service whether it serves', async () => {
    const server = serving(greet);
    const asked = () => Promise.all(['', 'greet.Greet', 'a.B'].map((name) => health(server, name)));
    expect(await asked()).toEqual(['SERVING', 'SERVING', 'SERVICE_UNKNOWN']);
    server.setServing('greet.Greet', false);
    expect(await asked()).toEqual(['SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']);
    server.setServing('greet.Greet', true);
    expect(await asked()).toEqual(['SERVING', 'SERVING', 'SERVICE_UNKNOWN']);
  });

  it('refuses to register a service twice, or without one of its methods', () => {
    if (GREET === undefined) throw new Error('there is no service');
    const server = serving(greet);
    expect(() => server.register(GREET, { SayHello: greet })).toThrow('is registered already');
    expect(() => new RpcServer().register(GREET, {})).toThrow('lacks the method SayHello');
  });
});
