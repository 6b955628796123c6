import { type Dispatcher, errors, Pool } from 'undici';
import { Alarm } from '../kernel/alarm.ts';
import type { Clock } from '../kernel/clock.ts';
import { systemCode } from '../kernel/errors.ts';
import type { ClientTls } from './exchange.ts';

const ANSWER_HEAD_BYTES_MAX = 64 * 1024;

export interface BytePoolOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string;
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  readonly answerBytesMax: number;
  /** `serverName`: what the certificate has to be for, where it is not the host. */
  readonly tls: (ClientTls & { readonly serverName?: string }) | null;
  readonly clock: Clock;
}

export interface BytePost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Of the monotonic clock. */
  readonly dueMs: number;
  readonly signal: AbortSignal | null;
}

export interface ByteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What kept an exchange from its answer. */
export type ByteFailureWhy =
  | 'aborted'
  | 'timeout'
  | 'connect_timeout'
  | 'refused'
  | 'lost'
  | 'malformed'
  | 'too_long'
  | 'closed';

export interface ByteFailure {
  readonly why: ByteFailureWhy;
  /** It was given to a connection, so that the other side may have it. */
  readonly isSent: boolean;
  readonly cause: Error;
}

type Outcome = ByteAnswer | ByteFailure;

/** Keep-alive connections to one server, over which bytes are posted and bytes come back. */
export class BytePool {
  readonly #pool: Pool;
  readonly #options: BytePoolOptions;
  readonly #alarm: Alarm;
  readonly #pending = new Set<Exchange>();

  constructor(options: BytePoolOptions) {
    const { origin, connectionsMax, connectTimeoutMs, tls, clock } = options;
    const { serverName, ...pem } = tls ?? {};
    this.#options = options;
    this.#alarm = new Alarm(clock, () => this.#expire());
    this.#pool = new Pool(origin, {
      allowH2: false,
      connections: connectionsMax,
      maxHeaderSize: ANSWER_HEAD_BYTES_MAX,
      // An exchange has one deadline, kept here.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        ...pem,
        ...(serverName !== undefined && { servername: serverName }),
        timeout: connectTimeoutMs,
      },
    });
  }

  /** Any status is an answer. It never rejects. */
  post(post: BytePost): Promise<Outcome> {
    return new Promise((resolve) => {
      const exchange = new Exchange(post, this.#options.answerBytesMax, (outcome) => {
        this.#pending.delete(exchange);
        if (this.#pending.size === 0) this.#alarm.stop();
        resolve(outcome);
      });
      this.#pending.add(exchange);
      this.#alarm.by(post.dueMs);
      exchange.start(this.#pool);
    });
  }

  /** Ends all connections; what is on its way fails as `closed`. */
  async close(): Promise<void> {
    for (const exchange of [...this.#pending]) exchange.fail('closed', new Error('closed'));
    await this.#pool.destroy();
  }

  #expire(): void {
    const nowMs = this.#options.clock.monotonicMs();
    let nextMs = Infinity;
    for (const exchange of [...this.#pending]) {
      if (exchange.dueMs <= nowMs) exchange.fail('timeout', new Error('timed out'));
      else nextMs = Math.min(nextMs, exchange.dueMs);
    }
    this.#alarm.by(nextMs);
  }
}

/** One question on its way: it collects what undici hands over piece by piece. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #post: BytePost;
  readonly #answerBytesMax: number;
  readonly #settle: (outcome: Outcome) => void;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #head: Omit<ByteAnswer, 'body'> | null = null;
  #bytes = 0;
  #failure: Error | null = null;
  #isOver = false;

  constructor(post: BytePost, answerBytesMax: number, settle: (outcome: Outcome) => void) {
    this.#post = post;
    this.#answerBytesMax = answerBytesMax;
    this.#settle = settle;
  }

  get dueMs(): number {
    return this.#post.dueMs;
  }

  start(pool: Pool): void {
    const { path, headers, body, signal } = this.#post;
    signal?.addEventListener('abort', this.#abort);
    try {
      pool.dispatch({ method: 'POST', path, headers, body: Buffer.from(body) }, this);
    } catch (thrown) {
      this.fail('malformed', thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }

  fail(why: ByteFailureWhy, cause: Error): void {
    this.#failure ??= cause;
    this.#end({ why, isSent: this.#controller !== null, cause });
    this.#controller?.abort(cause);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // A connection became free for what nobody waits for any more.
    if (this.#failure !== null) controller.abort(this.#failure);
    else this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: ByteAnswer['headers'],
  ): void {
    if (status >= 200) this.#head = { status, headers };
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#answerBytesMax) this.#chunks.push(chunk);
    else this.fail('too_long', new Error(`more than ${this.#answerBytesMax} bytes`));
  }

  onResponseEnd(): void {
    const [first, second] = this.#chunks;
    const isOne = first !== undefined && second === undefined;
    if (this.#head === null) return;
    this.#end({ ...this.#head, body: isOne ? first : Buffer.concat(this.#chunks) });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    this.#end({ why: whyOf(cause), isSent: this.#controller !== null, cause });
  }

  readonly #abort = (): void => this.fail('aborted', new Error('aborted'));

  #end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#post.signal?.removeEventListener('abort', this.#abort);
    this.#settle(outcome);
  }
}

/** Codes of Node and of undici. What is none of these is a connection that ended. */
const WHYS: Readonly<Record<string, ByteFailureWhy>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_HEADERS_OVERFLOW: 'malformed',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'malformed',
  UND_ERR_INVALID_ARG: 'malformed',
};

function whyOf(cause: Error): ByteFailureWhy {
  if (cause instanceof errors.HTTPParserError) return 'malformed';
  return WHYS[systemCode(cause) ?? ''] ?? 'lost';
}
