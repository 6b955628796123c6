import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of what is said: it gets through, it is swallowed, or the next answer is lost. */
type Mode = 'pass' | 'silent' | 'lose';

/** The way to a server, which can be cut as ways are cut. */
export class Relay {
  readonly port: number;
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: Mode = 'pass';
  #swallowed = 0;
  #lost = 0;

  private constructor(server: Server, port: number, target: number) {
    this.#server = server;
    this.port = port;
    this.#target = target;
    server.on('connection', (socket) => this.#relay(socket));
  }

  /** `target`: the port of the server. */
  static async to(target: number): Promise<Relay> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new Relay(server, port, target);
  }

  /** Nobody is there any more. */
  async cut(): Promise<void> {
    this.#hangUp();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async restore(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Connections are taken, and kept; nothing comes through. */
  silence(): void {
    this.#mode = 'silent';
    this.#swallowed = 0;
  }

  /** Whether somebody waits for an answer that does not come. */
  get isWaitedFor(): boolean {
    return this.#swallowed > 0;
  }

  /** The next thing that the server says does not arrive: the connection is lost instead. */
  loseAnswer(): void {
    this.#mode = 'lose';
  }

  /** How often that has happened. */
  get answersLost(): number {
    return this.#lost;
  }

  /** All is well again, for whoever connects anew. */
  recover(): void {
    this.#mode = 'pass';
    this.#hangUp();
  }

  async close(): Promise<void> {
    this.#hangUp();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(client: Socket): void {
    this.#keep(client);
    // A protocol in which the server speaks first has nothing to swallow but its silence.
    if (this.#mode === 'silent') {
      this.#swallowed += 1;
      client.resume();
      return;
    }
    const server = connect(this.#target, '127.0.0.1');
    this.#keep(server);
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
    client.on('data', (chunk) => {
      if (this.#mode === 'silent') this.#swallowed += 1;
      else server.write(chunk);
    });
    server.on('data', (chunk) => this.#answer(client, chunk));
  }

  #answer(client: Socket, chunk: string | Buffer): void {
    if (this.#mode === 'silent') return;
    if (this.#mode === 'pass') {
      client.write(chunk);
      return;
    }
    this.#mode = 'pass';
    this.#lost += 1;
    client.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
