import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { Server, Socket } from 'node:net';
import { createAxiosClient } from '../../shared/client/axios-client.ts';
import type { HttpClientOptions } from '../../shared/client/exchange.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../shared/client/http-client.ts';
import { createPoolClient } from '../../shared/client/pool-client.ts';
import { openRawServer, type RawServer } from './raw-server.ts';

type CreateClient = (options: HttpClientOptions) => HttpClient;

/** Every engine of the port: the contract suites run against each. */
export const CLIENTS: readonly { readonly name: string; readonly create: CreateClient }[] = [
  { name: 'createAxiosClient', create: createAxiosClient },
  { name: 'createPoolClient', create: createPoolClient },
];

/** The start of an answer whose body is ten bytes long. */
export const HEAD_OF_TEN = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n';

const PATIENT_MS = 10_000;

/** One client and the servers it talks to in a test. */
export class HttpClientRig {
  readonly client: HttpClient;
  readonly #closers: (() => Promise<unknown>)[] = [];

  constructor(create: CreateClient, tls?: HttpClientOptions['tls']) {
    this.client = create({ userAgent: 'logkit-fleet/test', ...(tls === undefined ? {} : { tls }) });
  }

  ask(url: string, request: Partial<HttpRequest> = {}): Promise<HttpResponse> {
    const signal = new AbortController().signal;
    const limits = { timeoutMs: PATIENT_MS, answerBytesMax: 1_000_000 };
    return this.client.request({ method: 'GET', url, signal, ...limits, ...request });
  }

  /** The port that `server` listens on, until the rig closes. */
  async listen(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#closers.push(async () => {
      server.close();
      await once(server, 'close');
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** The URL of an HTTP server. */
  async serve(listener: RequestListener): Promise<string> {
    return `http://127.0.0.1:${await this.listen(createServer(listener))}`;
  }

  /** A server that answers as `onRequest` says, byte by byte. */
  async misbehave(
    onRequest: (socket: Socket, count: number) => void,
  ): Promise<{ readonly server: RawServer; readonly url: string }> {
    const server = await openRawServer(onRequest);
    this.#closers.push(() => server.close());
    return { server, url: `http://127.0.0.1:${server.port}/x` };
  }

  async close(): Promise<void> {
    await this.client.close();
    await Promise.all(this.#closers.map((close) => close()));
  }
}
