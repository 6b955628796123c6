import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpClient, HttpRequest, HttpResponse } from '../../shared/client/http-client.ts';
import type { PluginContext } from '../plugins/plugin.ts';
import { type HttpAccess, tlsOf } from './http-access.ts';
import { isSuccess, refusal } from './http-refusal.ts';
import { basicAuth, type Target } from './http-target.ts';

const gzipAsync = promisify(gzip);

/** A server that took a batch may have much to say about it; it is read, and not kept. */
const ANSWER_BYTES_DEFAULT = 16 * 1024 * 1024;

interface HttpSinkOptions {
  readonly access: HttpAccess;
  /** So long the server has to answer. */
  readonly timeoutMs: number;
  readonly isZipped: boolean;
  /** A longer answer is refused. */
  readonly answerBytesMax?: number;
}

export interface Post {
  /** POST, where nothing is said. */
  readonly method?: HttpRequest['method'];
  readonly target: Target;
  /** Empty: none is sent. */
  readonly body: Buffer | string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A server that takes what is posted to it, with the credentials and the TLS of the options. */
export class HttpSink {
  readonly #context: PluginContext;
  readonly #options: HttpSinkOptions;
  readonly #client: HttpClient;
  readonly #ownsClient: boolean;

  constructor(context: PluginContext, options: HttpSinkOptions) {
    const tls = tlsOf(options.access);
    this.#context = context;
    this.#options = options;
    this.#ownsClient = tls !== null;
    this.#client = tls === null ? context.http : context.openHttp(tls);
  }

  /** @throws AppError as `refusal` says for an answer without success, and as `HttpClient` does. */
  async post(post: Post): Promise<HttpResponse> {
    const response = await this.ask(post);
    if (isSuccess(response)) return response;
    throw refusal(post.target.url, response, this.#context.clock.now());
  }

  /** Any status is an answer. */
  async ask({ method = 'POST', target, body, headers, signal }: Post): Promise<HttpResponse> {
    const { timeoutMs, answerBytesMax = ANSWER_BYTES_DEFAULT } = this.#options;
    const isZipped = this.#options.isZipped && body.length > 0;
    return this.#client.request({
      method,
      url: target.url,
      headers: {
        ...(isZipped && { 'content-encoding': 'gzip' }),
        ...this.#credentials(target),
        ...headers,
        ...this.#options.access.headers,
      },
      ...(body.length > 0 && { body: isZipped ? await gzipAsync(body) : body }),
      ...{ timeoutMs, signal, answerBytesMax },
    });
  }

  /** Only a client of its own is closed: the other one is everybody's. */
  async close(): Promise<void> {
    if (this.#ownsClient) await this.#client.close();
  }

  #credentials({ authorization }: Target): Readonly<Record<string, string>> {
    const { auth_token, auth_username, auth_password } = this.#options.access;
    if (auth_token !== '') return { authorization: `Bearer ${auth_token}` };
    if (auth_username !== '') return { authorization: basicAuth(auth_username, auth_password) };
    return authorization === null ? {} : { authorization };
  }
}
