import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { gunzipSync } from 'node:zlib';

export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, unpacked where it came packed. */
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * A server that keeps what it is asked and answers as it is told to: it stands for those that cannot
 * be installed here. It speaks as much of their protocol as a test writes down.
 */
export class HttpRecorder {
  readonly received: readonly Recorded[];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string, received: readonly Recorded[]) {
    this.#server = server;
    this.url = url;
    this.received = received;
  }

  /** `answer` may be asked of every request anew. With `tls` it speaks https. */
  static async open(
    answer: (request: Recorded) => Answer | Promise<Answer>,
    tls: ServerOptions | null = null,
  ): Promise<HttpRecorder> {
    const received: Recorded[] = [];
    const listener: RequestListener = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const bytes = Buffer.concat(chunks);
        const isZipped = headers['content-encoding'] === 'gzip';
        const body = (isZipped ? gunzipSync(bytes) : bytes).toString();
        const recorded = { method, url, headers, body };
        received.push(recorded);
        void Promise.resolve(answer(recorded)).then((said) =>
          response.writeHead(said.status, said.headers).end(said.body ?? ''),
        );
      });
    };
    const server = tls === null ? createServer(listener) : createTlsServer(tls, listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const scheme = tls === null ? 'http' : 'https';
    return new HttpRecorder(server, `${scheme}://127.0.0.1:${port}`, received);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}
