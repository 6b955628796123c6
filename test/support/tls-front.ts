import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import type { PrivateCa } from './private-ca.ts';

const HOST = '127.0.0.1';

/** TLS in front of a broker of Kafka that has none; where the broker tells its port, it is this one. */
export class TlsFront {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(broker: string, { cert, key }: PrivateCa): Promise<TlsFront> {
    const port = Number(broker.split(':').at(-1));
    const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) });
    const front = new TlsFront(server);
    server.on('secureConnection', (socket) => front.#pass(socket, connect(port, HOST), port));
    server.listen(0, HOST);
    await once(server, 'listening');
    return front;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(client: Socket, broker: Socket, port: number): void {
    const told = addressOf(port);
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        broker.destroy();
      });
    }
    client.pipe(broker);
    broker.on('data', (bytes) => {
      if (typeof bytes === 'string') return;
      for (let at = bytes.indexOf(told); at >= 0; at = bytes.indexOf(told, at + 1)) {
        addressOf(this.port).copy(bytes, at);
      }
      client.write(bytes);
    });
  }
}

/** As the protocol has it: a text, and four bytes of a port. */
function addressOf(port: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(port);
  return Buffer.concat([Buffer.from(HOST), bytes]);
}
