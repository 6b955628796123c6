import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** What becomes of a piece of what is said on its way through. */
export type Passage = (piece: Buffer) => Buffer | Promise<Buffer>;

/** Stands between a client and a server on this host, and does to them what networks do. */
export interface TcpProxy {
  readonly port: number;
  /** So much has come from clients. */
  readonly askedBytes: number;
  /** What the server says passes so from now on, on the connections there are. */
  answers(passage: Passage): void;
  /** What the client says passes so from now on, on the connections there are. */
  requests(passage: Passage): void;
  /** What the server says does not come through any more, though the connections last. */
  muffle(): void;
  /** What the server says comes through so much later, also on connections that are to come. */
  delay(ms: number): void;
  /** Ends all connections; new ones are as good as ever. */
  cut(): void;
  /** The same without a goodbye: both ends are told that the connection is none. */
  reset(): void;
  close(): Promise<void>;
}

const NOTHING = Buffer.alloc(0);

class Link {
  readonly client: Socket;
  readonly upstream: Socket;
  requests: Passage = (piece) => piece;
  answers: Passage;

  constructor(client: Socket, target: number, answers: Passage) {
    this.client = client;
    this.upstream = connect(target, '127.0.0.1');
    this.answers = answers;
    for (const [socket, other] of [
      [client, this.upstream],
      [this.upstream, client],
    ] as const) {
      // As one end fares, so does the other.
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => other.destroy());
    }
    client.pipe(passing((piece) => this.requests(piece))).pipe(this.upstream);
    this.upstream.pipe(passing((piece) => this.answers(piece))).pipe(client);
  }
}

export async function openTcpProxy(target: number): Promise<TcpProxy> {
  let links: Link[] = [];
  let delayMs = 0;
  let askedBytes = 0;
  const late: Passage = (piece) => (delayMs === 0 ? piece : sleep(delayMs, piece));
  const server = createServer((client) => {
    client.on('data', ({ length }) => (askedBytes += length));
    links.push(new Link(client, target, late));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const end = (how: (socket: Socket) => void) => {
    for (const { client, upstream } of links) for (const socket of [client, upstream]) how(socket);
    links = [];
  };
  const cut = () => end((socket) => socket.destroy());
  const answers = (passage: Passage) => {
    for (const link of links) link.answers = passage;
  };
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get askedBytes() {
      return askedBytes;
    },
    ...{ answers, cut },
    requests: (passage) => {
      for (const link of links) link.requests = passage;
    },
    muffle: () => answers(() => NOTHING),
    delay: (ms) => {
      delayMs = ms;
    },
    reset: () => end((socket) => socket.resetAndDestroy()),
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

function passing(passage: Passage): Transform {
  return new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      // What needs no time takes none: a turn of the event loop for each piece would be felt.
      const passed = passage(piece);
      if (Buffer.isBuffer(passed)) done(null, passed);
      else void passed.then((bytes) => done(null, bytes));
    },
  });
}
