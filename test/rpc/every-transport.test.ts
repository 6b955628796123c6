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
import { waitFor } from '../support/wait-for.ts';
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

async function serverNamed(by: string, { listen }: Transport) {
  const server = new RpcServer();
  const greet = async ({ name }: Readonly<Record<string, unknown>>) => ({
    message: `Hello, ${String(name)}!`,
    by,
  });
  server.register(GREET, { Hello: greet, Book: greet });
  return listen(server);
}

describe.each(TRANSPORTS)('a client over $name', (kind) => {
  it.each(['protobuf', 'json'] as const)(
    'calls in %s, and goes on where a server has died',
    async (codec) => {
      const listeners = await Promise.all(['a', 'b', 'c'].map((id) => serverNamed(id, kind)));
      const client = await RpcClient.open({
        ...{ service: GREET, codec, transport: kind.transport() },
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
      try {
        const seen = new Set<unknown>();
        const call = async () => {
          const { response } = await client.call('Hello', { name: 'Ada' });
          expect(response['message']).toBe('Hello, Ada!');
          seen.add(response['by']);
        };
        for (let nth = 0; nth < 9; nth += 1) await call();
        expect([...seen].sort()).toEqual(['a', 'b', 'c']);

        await listeners[0]?.drain(0);
        seen.clear();
        await Promise.all(Array.from({ length: 64 }, call));
        await waitFor('the others to answer', () => seen.has('b') && seen.has('c'));
        expect(seen.has('a')).toBe(false);
      } finally {
        await client.close();
        await Promise.all(listeners.map((listener) => listener.drain(0)));
      }
    },
  );

  it('does not try again, anywhere, what a server never wants to see again', async () => {
    const seen: unknown[] = [];
    const start = () => {
      const server = new RpcServer();
      const greet = async ({ name }: Readonly<Record<string, unknown>>) => {
        seen.push(name);
        throw new RpcError('unavailable', 'never', { executed: 'no', retryAfterMs: Infinity });
      };
      server.register(GREET, { Hello: greet, Book: greet });
      return kind.listen(server);
    };
    const listeners = [await start(), await start()];
    const client = await RpcClient.open({
      ...{ service: GREET, transport: kind.transport() },
      config: { ServerAddresses: listeners.map(({ address }) => address) },
    });
    try {
      await expect(client.call('Hello', { name: 'Ada' })).rejects.toMatchObject({
        ...{ code: 'unavailable', message: 'never', retryAfterMs: Infinity, ending: 'failed' },
      });
      expect(seen).toEqual(['Ada']);
    } finally {
      await client.close();
      await Promise.all(listeners.map((listener) => listener.drain(0)));
    }
  });

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
});
