import { describe, expect, it } from 'vitest';
import {
  type CallContext,
  grpcTransport,
  httpTransport,
  listenGrpc,
  listenHttp,
  listenTcp,
  PREVIOUS_ATTEMPTS,
  RpcClient,
  RpcError,
  type RpcListener,
  RpcServer,
  type RpcTransport,
  tcpTransport,
} from '../../shared/rpc/library.ts';
import { GREET } from './support/greet-cluster.ts';

const HERE = { host: '127.0.0.1', port: 0 };

interface Transport {
  readonly name: string;
  readonly listen: (server: RpcServer) => Promise<RpcListener>;
  readonly transport: () => RpcTransport;
}

const TRANSPORTS: readonly Transport[] = [
  {
    name: 'tcp',
    listen: ({ dispatch }) => listenTcp(dispatch, HERE),
    transport: () => tcpTransport(),
  },
  {
    name: 'grpc',
    listen: ({ dispatch, methods }) => listenGrpc(dispatch, { ...HERE, methods }),
    transport: () => grpcTransport(),
  },
  {
    name: 'http',
    listen: ({ dispatch }) => listenHttp(dispatch, HERE),
    transport: () => httpTransport(),
  },
];

async function serverNamed(
  by: string,
  { listen }: Transport,
  before: () => void = () => undefined,
) {
  const server = new RpcServer();
  const greet = async ({ name }: Readonly<Record<string, unknown>>) => {
    before();
    return { message: `Hello, ${String(name)}!`, by };
  };
  server.register(GREET, { Hello: greet, Book: greet });
  return listen(server);
}

async function clientOf(
  listeners: readonly RpcListener[],
  { transport }: Transport,
): Promise<RpcClient> {
  return RpcClient.open({
    ...{ service: GREET, transport: transport() },
    config: {
      ServerAddresses: listeners.map(({ address }) => address),
      Balancer: 'round_robin',
      FailoverConfig: {
        RetryInterval: 1,
        RetryableErrors: [
          'timeout',
          'connection_refused',
          'connection_reset',
          'service_unavailable',
        ],
      },
    },
  });
}

describe.each(TRANSPORTS)('a client over $name', (kind) => {
  it('tells a server which attempt of a call it gets, beside what the caller says', async () => {
    const seen: unknown[] = [];
    const server = new RpcServer();
    const greet = async (_: unknown, { metadata }: CallContext) => {
      seen.push(metadata);
      // Every second attempt is answered.
      if (seen.length % 2 === 0) return {};
      throw new RpcError('unavailable', 'not now', { executed: 'no' });
    };
    server.register(GREET, { Hello: greet, Book: greet });
    const listener = await kind.listen(server);
    const client = await RpcClient.open({
      ...{ service: GREET, transport: kind.transport() },
      config: { ServerAddresses: [listener.address], FailoverConfig: { RetryInterval: 1 } },
    });
    try {
      for (const metadata of [{}, { user: 'ada' }]) await client.call('Hello', {}, { metadata });
      expect(seen).toEqual([
        {},
        { [PREVIOUS_ATTEMPTS]: '1' },
        { user: 'ada' },
        { user: 'ada', [PREVIOUS_ATTEMPTS]: '1' },
      ]);
    } finally {
      await client.close();
      await listener.drain(0);
    }
  });

  it.each([
    { askedMs: 60_000, who: 'a server that is full asks the others', attempts: 2 },
    { askedMs: Infinity, who: 'one whose call is not to be tried again asks nobody', attempts: 1 },
  ])('after $who', async ({ askedMs, attempts }) => {
    let asked = 0;
    const refuse = () => {
      asked += 1;
      const how = { executed: 'no', retryAfterMs: askedMs } as const;
      throw new RpcError('unavailable', 'not now', how);
    };
    const listeners = await Promise.all(['a', 'b'].map((id) => serverNamed(id, kind, refuse)));
    const client = await clientOf(listeners, kind);
    try {
      await expect(client.call('Hello', { name: 'Ada' })).rejects.toMatchObject({
        ...{ ending: 'failed', code: 'unavailable', message: 'not now', retryAfterMs: askedMs },
      });
      expect(asked).toBe(attempts);
    } finally {
      await client.close();
      await Promise.all(listeners.map((listener) => listener.drain(0)));
    }
  });

  it('sends nothing of a request that is too long, and holds that against nobody', async () => {
    let asked = 0;
    const listener = await serverNamed('a', kind, () => {
      asked += 1;
    });
    const client = await clientOf([listener], kind);
    try {
      const name = 'x'.repeat(4 * 1024 * 1024);
      for (let nth = 0; nth < 20; nth += 1) {
        await expect(client.call('Book', { name })).rejects.toMatchObject({
          ...{ ending: 'failed', code: 'resource_exhausted', reason: 'protocol', executed: 'no' },
        });
      }
      expect(asked).toBe(0);
      expect(client.instances()).toMatchObject([{ state: 'healthy', breaker: 'closed' }]);
      expect((await client.call('Book', { name: 'Ada' })).response['by']).toBe('a');
    } finally {
      await client.close();
      await listener.drain(0);
    }
  });
});
