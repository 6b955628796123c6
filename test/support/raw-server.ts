import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A TCP server for what no HTTP server would do. It forgets its sockets when it closes. */
export interface RawServer {
  readonly port: number;
  /** The heads of the requests that came, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** `onRequest` is told of each request that comes with its head in one piece; `count` from 1. */
export async function openRawServer(
  onRequest: (socket: Socket, count: number) => void,
): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      requests.push(chunk.toString('latin1'));
      onRequest(socket, requests.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    requests,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
