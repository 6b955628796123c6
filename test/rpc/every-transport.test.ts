import { describe, expect, it } from 'vitest';
import {
  grpcTransport,
  httpTransport,
  listenGrpc,
  listenHttp,
  listenTcp,
  RpcClient,
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
});
