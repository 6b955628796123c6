import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { Health, Info, Refusal, RetryAnswer, Status } from './answers.ts';
import { ClientError, connectionError } from './client-error.ts';

const TIMEOUT_MS_DEFAULT = 30_000;
const RETRIES_DEFAULT = 3;
const BACK_OFF_MS_DEFAULT = 1_000;

export interface ClientOptions {
  /** Of one attempt. */
  readonly timeoutMs?: number;
  /** So often a call is made again whose failure may pass. */
  readonly retries?: number;
  /** Before the first of them; twice as long before the second, three times before the third. */
  readonly backOffMs?: number;
  /** What the server was started with as API_TOKEN. */
  readonly token?: string;
  /** Gets a line for each attempt. */
  readonly log?: (line: string) => void;
}

export interface RetryRequest {
  /** Absent or empty: all that have failed. */
  readonly partitionIds?: readonly number[];
  /** `immediate` waits until it is done, `scheduled` leaves it to the leader. */
  readonly mode?: 'immediate' | 'scheduled';
  /** Also those that somebody holds who gave no sign of life for too long. */
  readonly force?: boolean;
}

/** Of all attempts so far. */
export interface ClientMetrics {
  readonly requestCount: number;
  readonly errorCount: number;
  readonly avgResponseTimeMs: number;
}

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** Asks the API of a coordinator. All methods throw ClientError. */
export class CoordinatorClient {
  readonly #baseUrl: string;
  readonly #options: Required<ClientOptions>;
  #requestCount = 0;
  #errorCount = 0;
  #totalMs = 0;

  constructor(baseUrl: string, options: ClientOptions = {}) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#options = {
      ...{ timeoutMs: TIMEOUT_MS_DEFAULT, retries: RETRIES_DEFAULT, token: '' },
      ...{ backOffMs: BACK_OFF_MS_DEFAULT, log: () => undefined, ...options },
    };
  }

  health(): Promise<Health> {
    return this.#call({ method: 'GET', path: '/health' }, Health);
  }

  info(): Promise<Info> {
    return this.#call({ method: 'GET', path: '/example/info' }, Info);
  }

  status(): Promise<Status> {
    return this.#call({ method: 'GET', path: '/example/status' }, Status);
  }

  retryFailedPartitions({ partitionIds, mode, force }: RetryRequest = {}): Promise<RetryAnswer> {
    const body = JSON.stringify({
      ...{ partition_ids: partitionIds, mode, force },
      // An order whose answer was lost is not carried out a second time.
      idempotency_key: randomUUID(),
    });
    return this.#call(
      { method: 'POST', path: '/api/v1/retry-failed-partitions', body },
      RetryAnswer,
    );
  }

  get metrics(): ClientMetrics {
    const [requestCount, errorCount] = [this.#requestCount, this.#errorCount];
    const avgResponseTimeMs = requestCount === 0 ? 0 : this.#totalMs / requestCount;
    return { requestCount, errorCount, avgResponseTimeMs };
  }

  async #call<T>(request: Request, answer: z.ZodType<T>): Promise<T> {
    const { retries, backOffMs, log } = this.#options;
    for (let retry = 1; ; retry++) {
      try {
        return await this.#attempt(request, answer);
      } catch (thrown) {
        const isPassing = thrown instanceof ClientError && thrown.isPassing;
        if (!isPassing || retry > retries) throw thrown;
        log(`${thrown.message}; retry ${retry} of ${retries} in ${retry * backOffMs} ms`);
        await delay(retry * backOffMs);
      }
    }
  }

  async #attempt<T>(request: Request, answer: z.ZodType<T>): Promise<T> {
    const { method, path } = request;
    const startMs = performance.now();
    let outcome = 'no answer';
    try {
      const { status, text } = await this.#ask(request);
      outcome = String(status);
      return read(`${this.#baseUrl}${path}`, { status, text }, answer);
    } catch (thrown) {
      this.#errorCount += 1;
      throw thrown;
    } finally {
      const ms = performance.now() - startMs;
      this.#requestCount += 1;
      this.#totalMs += ms;
      this.#options.log(`${method} ${path} -> ${outcome} (${ms.toFixed(1)} ms)`);
    }
  }

  async #ask({ method, path, body }: Request): Promise<Answer> {
    const { timeoutMs, token } = this.#options;
    const url = `${this.#baseUrl}${path}`;
    try {
      const response = await fetch(url, {
        method,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          ...(token !== '' && { Authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
      });
      return { status: response.status, text: await response.text() };
    } catch (thrown) {
      throw connectionError(url, thrown, timeoutMs);
    }
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function read<T>(url: string, { status, text }: Answer, answer: z.ZodType<T>): T {
  const json = parsed(url, { status, text });
  const { success, data, error } = answer.safeParse(json);
  const isOk = status < 400 && !isRefusal(json);
  if (isOk && success) return data;
  if (isOk) throw new ClientError('not_json', `${url} gave another answer: ${error}`, { status });
  const { message } = Refusal.safeParse(json).data ?? { message: text };
  throw new ClientError('rejected', `${url} says no (${status}): ${message}`, { status });
}

function parsed(url: string, { status, text }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const start = JSON.stringify(text.slice(0, 50));
    const message = `${url} answers ${status} with what is no JSON: ${start}`;
    throw new ClientError('not_json', message, { status, cause });
  }
}

function isRefusal(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'success' in json && json.success === false;
}
