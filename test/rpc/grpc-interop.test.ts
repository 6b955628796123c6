import { once } from 'node:events';
import { constants, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { afterEach, describe, expect, it } from 'vitest';
import { grpcTransport } from '../../shared/rpc/grpc/grpc-channel.ts';
import { listenGrpc } from '../../shared/rpc/grpc/grpc-listener.ts';
import { loadServices } from '../../shared/rpc/proto/load-services.ts';
import type {
  MethodDefinition,
  ServiceDefinition,
} from '../../shared/rpc/proto/service-definition.ts';
import { RpcClient } from '../../shared/rpc/rpc-client.ts';
import { RpcError } from '../../shared/rpc/rpc-error.ts';
import { RpcServer } from '../../shared/rpc/rpc-server.ts';
import type { RpcChannel, RpcReply } from '../../shared/rpc/transport.ts';
import { waitFor } from '../support/wait-for.ts';

const PROTO = `
syntax = "proto3";
package greet;
service Greeter { rpc SayHello(HelloRequest) returns (HelloReply); }
message HelloRequest { string name = 1; int64 number = 2; }
message HelloReply { string message = 1; int64 number = 2; }`;
const { NGHTTP2_CANCEL: CANCEL, NGHTTP2_INTERNAL_ERROR: INTERNAL_ERROR } = constants;
const PATH = '/greet.Greeter/SayHello';

/** As a program of somebody else reads the file. */
const { root } = protobuf.parse(PROTO, { keepCase: true });
const Request = root.lookupType('greet.HelloRequest');
const Reply = root.lookupType('greet.HelloReply');
const encoded = (type: protobuf.Type) => (message: object) =>
  Buffer.from(type.encode(type.fromObject(message)).finish());
const decoded = (type: protobuf.Type) => (bytes: Buffer) =>
  type.toObject(type.decode(bytes), { longs: Number });

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

type Handler = (call: ServerUnaryCall<object, object>, answer: sendUnaryData<object>) => void;

async function plainServer(handler: Handler): Promise<string> {
  const server = new Server();
  server.register(PATH, handler, encoded(Reply), decoded(Request), 'unary');
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  closings.push(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

function ourChannel(address: string): RpcChannel {
  const channel = grpcTransport().channel(address);
  closings.push(() => channel.close());
  return channel;
}

function greeter(): ServiceDefinition {
  const service = loadServices({ text: PROTO }).get('greet.Greeter');
  if (service === undefined) throw new Error('the service is missing');
  return service;
}

function sayHello(): MethodDefinition {
  const method = greeter().methods.get('SayHello');
  if (method === undefined) throw new Error('the method is missing');
  return method;
}

function call(channel: RpcChannel, timeoutMs = 60_000): Promise<RpcReply> {
  return channel.call({
    ...{ service: 'greet.Greeter', method: 'SayHello', codec: 'protobuf' as const },
    payload: sayHello().request.encode({ name: 'Ünal', number: 7 }, 'protobuf'),
    ...{ metadata: { tenant: 'a' }, timeoutMs, signal: null },
  });
}

async function failure(channel: RpcChannel, timeoutMs?: number): Promise<unknown> {
  const outcome = await call(channel, timeoutMs).catch((thrown: unknown) => thrown);
  if (!(outcome instanceof RpcError)) throw new Error('it did not fail', { cause: outcome });
  const { code, reason, executed, message, retryAfterMs } = outcome;
  return { code, reason, executed, message, retryAfterMs };
}

describe("our client and anybody's server", () => {
  it('understand each other', async () => {
    const address = await plainServer(({ request, metadata }, answer) => {
      const headers = new Metadata();
      headers.set('seen', String(metadata.get('tenant')[0]));
      answer(null, { message: `Hello, ${String(Reflect.get(request, 'name'))}!`, number: 8 });
    });
    const reply = await call(ourChannel(address));
    expect(sayHello().response.decode(reply.payload, 'protobuf')).toEqual({
      ...{ message: 'Hello, Ünal!', number: 8n },
    });
  });

  it.each([
    { code: status.NOT_FOUND, as: { code: 'not_found', reason: 'application', executed: 'yes' } },
    {
      code: status.UNAVAILABLE,
      as: { code: 'unavailable', reason: 'service_unavailable', executed: 'maybe' },
    },
    { code: status.UNKNOWN, as: { code: 'unknown', reason: 'application', executed: 'maybe' } },
    {
      code: status.UNAUTHENTICATED,
      as: { code: 'unauthenticated', reason: 'application', executed: 'maybe' },
    },
  ])('agree on the status $as.code', async ({ code, as }) => {
    const address = await plainServer((_call, answer) => {
      answer({ code, details: 'for a reason' });
    });
    expect(await failure(ourChannel(address))).toMatchObject({ ...as, message: 'for a reason' });
  });

  it.each([
    { pushback: '250', retryAfterMs: 250 },
    { pushback: '-1', retryAfterMs: Infinity },
  ])('agree on when to come again: $pushback', async ({ pushback, retryAfterMs }) => {
    const metadata = new Metadata();
    metadata.set('grpc-retry-pushback-ms', pushback);
    const address = await plainServer((_call, answer) => {
      answer({ code: status.UNAVAILABLE, details: 'full', metadata });
    });
    expect(await failure(ourChannel(address))).toMatchObject({ retryAfterMs });
  });

  it.each([
    { pushback: '-1', attempts: 1, ending: 'failed', message: 'full' },
    { pushback: 'soon', attempts: 1, ending: 'failed', message: 'full' },
    { pushback: '3600000', attempts: 2, ending: 'failed', message: 'full' },
    { pushback: '1', attempts: 4, ending: 'retries_exceeded', message: 'maximum retries exceeded' },
  ])('agree on whether to come again at all: $pushback', async ({ pushback, attempts, ...as }) => {
    let asked = 0;
    const metadata = new Metadata();
    metadata.set('grpc-retry-pushback-ms', pushback);
    const refuse: Handler = (_call, answer) => {
      asked += 1;
      answer({ code: status.UNAVAILABLE, details: 'full', metadata });
    };
    const client = await RpcClient.open({
      ...{ service: greeter(), transport: grpcTransport() },
      config: {
        ServerAddresses: [await plainServer(refuse), await plainServer(refuse)],
        Methods: { SayHello: { Idempotent: true } },
        FailoverConfig: { RetryInterval: 1 },
      },
    });
    closings.push(() => client.close());
    await expect(client.call('SayHello', { name: 'Ada' })).rejects.toMatchObject(as);
    expect(asked).toBe(attempts);
  });

  it.each([
    {
      how: 'the call',
      code: 'cancelled',
      cut: (stream: ServerHttp2Stream) => stream.close(CANCEL),
    },
    {
      ...{ how: 'the connection', code: 'internal' },
      cut: (stream: ServerHttp2Stream) => stream.session?.goaway(INTERNAL_ERROR),
    },
  ])('agree that $how was cut when the server does so with a word', async ({ code, cut }) => {
    const server = createServer().on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => undefined);
      cut(stream);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closings.push(() => server.close());
    const bound = server.address();
    const port = typeof bound === 'object' ? bound?.port : undefined;
    expect(await failure(ourChannel(`127.0.0.1:${port}`))).toMatchObject({
      ...{ code, reason: 'connection_reset', executed: 'maybe' },
    });
  });

  it('both give up a call whose time is over', async () => {
    let isCancelled = false;
    const address = await plainServer((call) => {
      call.once('cancelled', () => {
        isCancelled = true;
      });
    });
    expect(await failure(ourChannel(address), 100)).toMatchObject({ code: 'deadline_exceeded' });
    await waitFor('the server to be told', () => isCancelled);
  });

  it('a stream that its server closes without a status is a connection that broke', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    closings.push(() => server.close());
    server.on('stream', (stream) => stream.close(constants.NGHTTP2_NO_ERROR));
    expect(await failure(ourChannel(`127.0.0.1:${portOf(server)}`))).toMatchObject({
      ...{ code: 'unavailable', reason: 'connection_reset', executed: 'maybe' },
    });
  });

  it('a server that lacks the method has not executed it', async () => {
    const server = new Server();
    const address = await new Promise<string>((resolve) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, port) =>
        resolve(`127.0.0.1:${port}`),
      );
    });
    closings.push(() => server.forceShutdown());
    expect(await failure(ourChannel(address))).toMatchObject({
      ...{ code: 'unimplemented', executed: 'no' },
    });
  });
});

describe("anybody's client and our server", () => {
  it('understand each other, deadline and metadata too', async () => {
    const { ask, contexts } = await ourServer(async ({ name, number }) => ({
      message: `Hello, ${String(name)}!`,
      number: Number(number) + 1,
    }));
    expect(await ask({ name: 'Ünal', number: 7 })).toEqual({ message: 'Hello, Ünal!', number: 8 });
    expect(contexts[0]?.metadata).toEqual({ tenant: 'b' });
  });

  it('agree on codes, texts and when to come again', async () => {
    const { ask } = await ourServer(async () => {
      throw new RpcError('resource_exhausted', 'come läter 100%', {
        ...{ executed: 'no', retryAfterMs: 40 },
      });
    });
    const error = await refusal(ask({}));
    expect(error).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: 'come läter 100%' });
    expect(error.metadata.get('grpc-retry-pushback-ms')).toEqual(['40']);
    expect(error.metadata.get('rpc-executed')).toEqual(['no']);
  });

  it('agree that what is no message was not executed', async () => {
    const { address } = await ourServer(async () => ({}));
    const client = plainClient(address);
    const broken = Buffer.from([0x0a, 0xff]);
    const error = await refusal(asked(client, (bytes: Buffer) => bytes, broken));
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

interface Context {
  readonly metadata: Readonly<Record<string, string>>;
}

async function ourServer(
  hello: (request: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown>>,
) {
  const contexts: Context[] = [];
  const server = new RpcServer();
  for (const service of loadServices({ text: PROTO }).values()) {
    server.register(service, {
      SayHello: async (request, context) => {
        contexts.push({ metadata: context.metadata });
        return hello(request);
      },
    });
  }
  const listener = await listenGrpc(server.dispatch, { methods: server.methods });
  closings.push(() => listener.drain(0));
  const client = plainClient(listener.address);
  return {
    ...{ contexts, address: listener.address },
    ask: (message: object) => asked(client, encoded(Request), message),
  };
}

function plainClient(address: string): Client {
  const client = new Client(address, credentials.createInsecure());
  closings.push(() => client.close());
  return client;
}

function asked<T>(client: Client, encode: (message: T) => Buffer, message: T): Promise<unknown> {
  const metadata = new Metadata();
  metadata.set('tenant', 'b');
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      ...([PATH, encode, decoded(Reply), message, metadata] as const),
      { deadline: Date.now() + 60_000 },
      (error, reply) => {
        if (error === null) resolve(reply);
        else reject(error);
      },
    );
  });
}

function portOf(server: Http2Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function refusal(asking: Promise<unknown>): Promise<ServiceError> {
  const isServiceError = (thrown: unknown): thrown is ServiceError =>
    thrown instanceof Error && 'details' in thrown && 'metadata' in thrown;
  const outcome = await asking.catch((thrown: unknown) => thrown);
  if (!isServiceError(outcome)) throw new Error('it was not refused', { cause: outcome });
  return outcome;
}
