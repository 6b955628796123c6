import { type AppError, toAppError } from '../../../../shared/kernel/errors.ts';
import { doubling, retryDelayMs } from '../../../../shared/resilience/retry-schedule.ts';
import { type ServerKind, serverKindOf } from '../../../outbound/elastic-version.ts';
import { HttpSink, type Post } from '../../../outbound/http-sink.ts';
import { baseOf } from '../../../outbound/http-target.ts';
import type { PluginContext } from '../../plugin.ts';
import type { ElasticSource } from './elastic-source.ts';

const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const RETRY = doubling(500, 30_000);
/** A server that asks to be left alone for longer is asked again all the same. */
const WAIT_MS_MAX = 300_000;
/** So long the server may take to forget what nobody goes on with. */
const FAREWELL_MS = 2_000;

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The server may have moved on: it is not asked twice what it may have answered. */
  readonly isOnce?: boolean;
}

/** The servers of a cluster, of which one is asked as long as it answers. */
export class ElasticServer {
  /** Why it does not answer now, or null. */
  trouble: string | null = null;
  /** What it was asked for and does not have yet, or null. */
  missing: string | null = null;
  readonly #source: ElasticSource;
  readonly #context: PluginContext;
  readonly #signal: AbortSignal;
  readonly #sink: HttpSink;
  #host = 0;

  constructor(source: ElasticSource, context: PluginContext, signal: AbortSignal) {
    const { access, timeoutMs } = source;
    this.#source = source;
    this.#context = context;
    this.#signal = signal;
    this.#sink = new HttpSink(context, {
      ...{ access, timeoutMs },
      isZipped: false,
      answerBytesMax: ANSWER_BYTES_MAX,
    });
  }

  /** What a person knows the server by that is asked now. */
  get where(): string {
    return this.#target.url;
  }

  /**
   * Asks until there is an answer: a server that is away or busy is waited for.
   *
   * @throws AppError for what another attempt would not mend, and when the signal aborts.
   */
  async ask(question: Question): Promise<string> {
    const { clock, random } = this.#context;
    for (let failures = 1; ; failures += 1) {
      try {
        const { body } = await this.#sink.post(this.#post(question, this.#signal));
        this.trouble = null;
        return body;
      } catch (thrown) {
        const error = toAppError(thrown);
        if (this.#signal.aborted || !mayRepeat(error, question)) throw error;
        this.trouble = error.message;
        this.#host += 1;
        const askedMs = Number(error.details['retryAfterMs'] ?? 0);
        const waitMs = Math.max(retryDelayMs(RETRY, failures, random), askedMs);
        await clock.sleep(Math.min(waitMs, WAIT_MS_MAX), this.#signal);
      }
    }
  }

  async kind(): Promise<ServerKind> {
    return serverKindOf(this.where, await this.ask({ method: 'GET', path: '/' }));
  }

  /** Tells it to forget something; one that does not hear it forgets by itself, in time. */
  async tell(path: string, body: unknown): Promise<void> {
    const { clock } = this.#context;
    const end = new AbortController();
    const expiry = clock.sleep(FAREWELL_MS, end.signal).then(() => end.abort());
    try {
      await this.#sink.ask({ ...this.#post({ path, body }, end.signal), method: 'DELETE' });
    } catch (thrown) {
      const reason = toAppError(thrown).message;
      this.#context.log.debug({ runner: this.#context.runner, reason }, 'a search stays open');
    } finally {
      end.abort();
      await expiry;
    }
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  #post({ method = 'POST', path, body }: Question, signal: AbortSignal): Post {
    const target = this.#target;
    return {
      method,
      target: { ...target, url: `${baseOf(target)}${path}` },
      body: body === undefined ? '' : JSON.stringify(body),
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      signal,
    };
  }

  get #target() {
    const { hosts } = this.#source;
    return hosts[this.#host % hosts.length] ?? { url: '', authorization: null };
  }
}

function mayRepeat({ kind, details }: AppError, { isOnce = false }: Question): boolean {
  if (isOnce) return details['reached'] === false;
  const isPassing = kind === 'unavailable' || kind === 'timeout';
  return isPassing && !isTooLong(details);
}

/** Whether an answer was longer than it may be: a smaller one would do. */
export function isTooLong(details: AppError['details']): boolean {
  return 'answerBytesMax' in details;
}

/** Whether the server does not know what it was asked about. */
export function isUnknown({ details }: AppError): boolean {
  return details['status'] === 404;
}
