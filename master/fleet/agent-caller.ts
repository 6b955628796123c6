import type { HttpClient, HttpRequest } from '../../shared/client/http-client.ts';
import { ResilientClient } from '../../shared/client/resilient-client.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { FailoverConfig } from '../../shared/resilience/failover-config.ts';
import type { CallPolicy } from './call-policy.ts';
import { fanOut } from './fan-out.ts';
import type { FleetMetrics } from './fleet-metrics.ts';

/** One question for any number of agents. */
export interface AgentRequest {
  /** A metric label: `status`, `add` ... */
  readonly operation: string;
  readonly method: HttpRequest['method'];
  /** Below the agent's url, with the query: `/logkit/status`. */
  readonly path: string;
  /** JSON, or what a caller sent in its place. */
  readonly body?: Buffer;
  readonly timeoutMs: number;
}

/**
 * What came of one call. Any status is an answer. Without one: `not_sent` says that the agent
 * cannot have done what it was asked, `unknown` that it may have.
 */
export type CallOutcome =
  | {
      readonly url: string;
      readonly answered: true;
      readonly status: number;
      readonly body: string;
    }
  | {
      readonly url: string;
      readonly answered: false;
      readonly outcome: 'not_sent' | 'unknown';
      readonly error: string;
    };

/**
 * Headers that prove to an agent that its master asks; `{}` when the cluster has no secret. The
 * path is the one that the agent sees: what a gateway puts before it is no part of it.
 */
export type Sign = (
  method: string,
  pathAndQuery: string,
  body: Buffer,
) => Readonly<Record<string, string>>;

interface AgentCallerDeps {
  readonly http: HttpClient;
  readonly policy: CallPolicy;
  readonly sign: Sign;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly metrics: FleetMetrics;
}

/**
 * An agent that was just being restarted, or whose connection broke, is asked once more where that
 * cannot do anything twice. One that fails again and again is left alone for a moment, so that it
 * takes its time-out from nobody who asks many.
 */
const FAILOVER = FailoverConfig.parse({
  MaxRetries: 1,
  RetryInterval: 100,
  RetryableErrors: ['connection_refused', 'connection_reset'],
  CircuitBreakThreshold: 5,
  CircuitBreakTimeout: 2_000,
  HalfOpenMaxCalls: 1,
});

const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** All answers of one fan-out together: they become one text, which V8 limits to 2^29 characters. */
const ANSWERS_CHARS_MAX = 256 * 1024 * 1024;
const TOO_MUCH = `(left out: all answers are longer than ${ANSWERS_CHARS_MAX} characters; select fewer agents)`;
const JSON_TYPE = { 'content-type': 'application/json' } as const;
const EMPTY = Buffer.alloc(0);

/** Asks agents, and gives whatever happens back as data: it never rejects. */
export class AgentCaller {
  readonly #deps: AgentCallerDeps;
  readonly #client: ResilientClient;

  constructor(deps: AgentCallerDeps) {
    const { http, clock, random, metrics } = deps;
    this.#deps = deps;
    const events = {
      onRetry: () => metrics.retried(),
      onBreak: ({ state }: { state: string }) => metrics.broke(state),
    };
    this.#client = new ResilientClient({ http, config: FAILOVER, clock, random, events });
  }

  /**
   * Asks every url the same, and gives what `read` makes of each outcome, in the order of `urls`.
   * `read` runs as soon as its answer is there, so that no text is kept longer than needed.
   */
  async callAll<T>(
    request: AgentRequest,
    urls: readonly string[],
    read: (outcome: CallOutcome) => T,
    signal: AbortSignal,
  ): Promise<T[]> {
    const { clock, metrics } = this.#deps;
    const startMs = clock.monotonicMs();
    const call = this.#prepare(request, signal);
    const results = { ok: 0, refused: 0, not_sent: 0, unknown: 0 };

    const answers = await fanOut(urls, async (url) => {
      const outcome = await call(url);
      results[resultOf(outcome)] += 1;
      return read(outcome);
    });

    metrics.observe(request.operation, results, clock.monotonicMs() - startMs);
    return answers;
  }

  #prepare(request: AgentRequest, signal: AbortSignal): (url: string) => Promise<CallOutcome> {
    const { policy, sign } = this.#deps;
    const { method, path, body = EMPTY, timeoutMs } = request;
    const question = {
      ...{ method, path, timeoutMs, answerBytesMax: ANSWER_BYTES_MAX, signal },
      ...(body.length > 0 && { body }),
      headers: () => ({ ...JSON_TYPE, ...sign(method, path, body) }),
      isIdempotent: method === 'GET',
    };
    let chars = 0;

    return async (url) => {
      const refusal = policy.refusal(url);
      if (refusal !== null) return notSent(url, refusal);
      if (signal.aborted) return notSent(url, 'the request was given up before this call');
      try {
        const answer = await this.#client.request({ ...question, server: url });
        chars += answer.body.length;
        const text = chars > ANSWERS_CHARS_MAX ? TOO_MUCH : answer.body;
        return { url, answered: true, status: answer.status, body: text };
      } catch (thrown) {
        return failure(url, thrown);
      }
    };
  }
}

function resultOf(outcome: CallOutcome): 'ok' | 'refused' | 'not_sent' | 'unknown' {
  if (!outcome.answered) return outcome.outcome;
  return outcome.status === 200 ? 'ok' : 'refused';
}

function notSent(url: string, error: string): CallOutcome {
  return { url, answered: false, outcome: 'not_sent', error };
}

/** Only a client that says so proves that nothing arrived. */
function failure(url: string, thrown: unknown): CallOutcome {
  const unsent = thrown instanceof AppError && thrown.details['reached'] === false;
  const outcome = unsent ? 'not_sent' : 'unknown';
  return { url, answered: false, outcome, error: messageOf(thrown) };
}
