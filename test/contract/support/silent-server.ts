import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** Takes connections, or datagrams, and never says a word. */
export interface SilentServer {
  readonly port: number;
  /** Whether somebody has come. */
  isCalled(): boolean;
  close(): Promise<void>;
}

export async function silentTcp(): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    isCalled: () => calls > 0,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export async function silentUdp(): Promise<SilentServer> {
  let calls = 0;
  const socket = createSocket('udp4');
  socket.on('message', () => (calls += 1));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    isCalled: () => calls > 0,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}
