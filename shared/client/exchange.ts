import { Agent, type Dispatcher } from 'undici';
import { AppError } from '../kernel/errors.ts';
import {
  abortedError,
  goError,
  isLostConnection,
  timeoutError,
  tooLongError,
} from './go-errors.ts';
import { guardedLookup } from './guarded-lookup.ts';
import type { HttpResponse } from './http-client.ts';

const CONNECTIONS_PER_ORIGIN_MAX = 64;
/** A connection that is not made by then is given up, whoever may still wait for it. */
const CONNECT_MS_MAX = 10_000;
const ANSWER_HEAD_BYTES_MAX = 64 * 1024;
/**
 * A body from this length on is sent out of the memory it lies in: a copy would cost more than all
 * the rest. It is more than a socket takes without a wait, so that undici waits until it is out.
 */
const IN_PLACE_BYTES_MIN = 128 * 1024;

/** PEM texts. `ca` replaces the authorities that the system trusts. */
export interface ClientTls {
  readonly ca?: string | Buffer | (string | Buffer)[];
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** False: any certificate will do. */
  readonly rejectUnauthorized?: boolean;
}

export interface HttpClientOptions {
  readonly tls?: ClientTls;
  /** The `User-Agent` of requests that bring none of their own. */
  readonly userAgent: string;
  /** To one host; a request beyond them waits for one, within its own time. Absent: 64. */
  readonly connectionsMax?: number;
  /** Asked of every address that a host name leads to; absent: all are allowed. */
  readonly allowsAddress?: (ip: string) => boolean;
}

/** One HTTP question as it goes out; see `HttpRequest` for the limits, and for whose the body is. */
export interface Question {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  readonly signal: AbortSignal;
}

/** What is asked of undici. Its bodies may be iterables, too, which its types do not say. */
interface DispatchOptions extends Omit<Dispatcher.DispatchOptions, 'body'> {
  body?: Dispatcher.DispatchOptions['body'] | readonly Buffer[];
}

interface Carrier {
  dispatch(options: DispatchOptions, handler: Dispatcher.DispatchHandler): boolean;
}

/** A pool of keep-alive HTTP/1.1 connections. Proxies of the environment are not used. */
export function openAgent(options: HttpClientOptions): Agent {
  const { tls = {}, allowsAddress, connectionsMax = CONNECTIONS_PER_ORIGIN_MAX } = options;
  return new Agent({
    allowH2: false,
    connections: connectionsMax,
    maxHeaderSize: ANSWER_HEAD_BYTES_MAX,
    // The whole exchange has one deadline, kept below.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      ...tls,
      ...(allowsAddress !== undefined && { lookup: guardedLookup(allowsAddress) }),
      timeout: CONNECT_MS_MAX,
    },
  });
}

/**
 * Asks one question over the pool. Redirects are answers like any other.
 * @throws AppError as the port `HttpClient` says; `invalid` when the URL or a header is none.
 */
export async function exchange(agent: Carrier, question: Question): Promise<HttpResponse> {
  const deadline = AbortSignal.timeout(question.timeoutMs);
  const options = dispatchOptions(question);
  const first = new Attempt(question, deadline);
  try {
    return await first.run(agent, options);
  } catch (thrown) {
    // The server may have closed an idle connection just as the request went out on it.
    if (!first.mayRepeat(thrown)) throw first.errorOf(thrown);
  }

  const second = new Attempt(question, deadline);
  try {
    return await second.run(agent, options);
  } catch (thrown) {
    throw second.errorOf(thrown);
  }
}

/** One try of a question: it collects the answer that undici hands over piece by piece. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #question: Question;
  readonly #deadline: AbortSignal;
  readonly #answer = Promise.withResolvers<HttpResponse>();
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #failure: Error | null = null;
  #sent = false;
  /** The body is in use: not all of it is out yet. */
  #isSending = false;
  /** The server has accepted before all of the body was out. */
  #isEarly = false;
  #head: Pick<HttpResponse, 'status' | 'headers'> | null = null;
  #bytes = 0;

  constructor(question: Question, deadline: AbortSignal) {
    this.#question = question;
    this.#deadline = deadline;
  }

  async run(agent: Carrier, options: DispatchOptions): Promise<HttpResponse> {
    const { signal } = this.#question;
    const stop = () => this.#fail(new Error('stopped'));
    const expire = () => {
      this.#endEarly();
      stop();
    };
    if (signal.aborted || this.#deadline.aborted) throw new Error('stopped');

    signal.addEventListener('abort', stop);
    this.#deadline.addEventListener('abort', expire);
    this.#isSending = Array.isArray(options.body);
    try {
      agent.dispatch(options, this);
      return await this.#answer.promise;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#deadline.removeEventListener('abort', expire);
    }
  }

  errorOf(thrown: unknown): AppError {
    if (thrown instanceof AppError) return thrown;
    const { signal, timeoutMs } = this.#question;
    if (signal.aborted) return abortedError();
    if (this.#deadline.aborted) return timeoutError(this.#progress, timeoutMs);
    return goError(this.#progress, thrown);
  }

  mayRepeat(thrown: unknown): boolean {
    return (
      this.#question.method === 'GET' &&
      this.#sent &&
      this.#head === null &&
      isLostConnection(thrown)
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // A connection became free for a request that nobody waits for any more.
    if (this.#failure !== null) {
      controller.abort(this.#failure);
      return;
    }
    this.#controller = controller;
    this.#sent = true;
  }

  /** All of the body is with the system, or undici has copied it. */
  onRequestSent(): void {
    this.#isSending = false;
    // The connection would be closed if undici did not come to the body's end before the answer's.
    if (this.#isEarly) queueMicrotask(() => this.#controller?.resume());
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.#head = { status, headers: flatHeaders(headers) };
    // A server that accepts may read on. One that refuses gets no more: undici closes the connection.
    if (!this.#isSending || status >= 300) return;
    this.#isEarly = true;
    controller.pause();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#question.answerBytesMax) {
      this.#fail(tooLongError(this.#progress, this.#question.answerBytesMax));
    } else {
      this.#chunks.push(chunk);
    }
  }

  onResponseEnd(): void {
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#endEarly();
    this.#answer.reject(error);
  }

  /** The server has accepted, and has not taken the rest of the body: its answer stands. */
  #endEarly(): void {
    if (this.#isEarly && this.#isSending) this.#end();
  }

  #end(): void {
    if (this.#head === null) return;
    this.#answer.resolve({ ...this.#head, body: Buffer.concat(this.#chunks).toString('utf8') });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#answer.reject(error);
    this.#controller?.abort(error);
  }

  get #progress() {
    const { method, url } = this.#question;
    return { method, url, sent: this.#sent, answered: this.#head !== null };
  }
}

function dispatchOptions({ method, url, headers, body }: Question): DispatchOptions {
  const target = URL.parse(url);
  if (target === null) throw new AppError('invalid', 'the url of a request is not a URL');
  const { origin, pathname, search, username, password } = target;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return {
    origin,
    path: `${pathname}${search}`,
    method,
    ...sent(body, username === '' ? headers : { authorization, ...headers }),
  };
}

/** An iterable is what undici keeps apart from the answer: it knows when the last byte is out. */
function sent(body: Question['body'], headers: Question['headers']) {
  if (!Buffer.isBuffer(body)) return { headers, body };
  if (body.length < IN_PLACE_BYTES_MIN) return { headers, body: Buffer.from(body) };
  return { headers: { ...headers, 'content-length': String(body.length) }, body: [body] };
}

function flatHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
