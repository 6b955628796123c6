import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** Stands between a client and a server on this host, and does to them what networks do. */
export interface TcpProxy {
  readonly port: number;
  /** What the server says does not come through any more, though the connections last. */
  muffle(): void;
  /** What the server says comes through so much later, also on connections that are to come. */
  delay(ms: number): void;
  /** Ends all connections; new ones are as good as ever. */
  cut(): void;
  close(): Promise<void>;
}

export async function openTcpProxy(target: number): Promise<TcpProxy> {
  let sockets: Socket[] = [];
  let answers: Socket[] = [];
  let delayMs = 0;
  const late = () =>
    new Transform({
      transform: (chunk, _encoding, done) => {
        if (delayMs === 0) done(null, chunk);
        else setTimeout(() => done(null, chunk), delayMs);
      },
    });
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
    client.pipe(upstream);
    upstream.pipe(late()).pipe(client);
    sockets.push(client, upstream);
    answers.push(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const cut = () => {
    for (const socket of sockets) socket.destroy();
    [sockets, answers] = [[], []];
  };
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    muffle: () => {
      for (const upstream of answers) upstream.unpipe().resume();
    },
    delay: (ms) => {
      delayMs = ms;
    },
    cut,
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
