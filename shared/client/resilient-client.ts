import type { Clock } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { RandomSource } from '../kernel/random.ts';
import { DirectCalls } from '../resilience/direct-calls.ts';
import type { FailoverCall } from '../resilience/failover-call.ts';
import type { FailoverConfig } from '../resilience/failover-config.ts';
import { FailoverError } from '../resilience/failover-error.ts';
import type { FailoverEvents } from '../resilience/failover-events.ts';
import type { Endpoint } from '../resilience/instance.ts';
import { httpAttempt } from './http-attempt.ts';
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.ts';

/** A question to one server, and to no other. */
export interface ServerRequest extends Omit<HttpRequest, 'url' | 'headers'> {
  /** Its URL, which is what calls are kept from when it fails. */
  readonly server: string;
  /** Behind that, with the query. */
  readonly path: string;
  /** Made for each attempt: a signature counts once. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Whether to be asked twice does no harm. */
  readonly isIdempotent: boolean;
}

interface ResilientClientDeps {
  readonly http: HttpClient;
  readonly config: FailoverConfig;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly events?: FailoverEvents<Endpoint>;
}

/**
 * Asks servers of which each has its own answer, and does what can be done about failures: tries
 * again where nothing can happen twice, within the time of the question and a budget for all, and
 * leaves alone for a while who fails again and again.
 */
export class ResilientClient {
  readonly #http: HttpClient;
  readonly #calls: DirectCalls<Endpoint>;
  readonly #attemptsMax: number;

  constructor({ http, config, clock, random, events = {} }: ResilientClientDeps) {
    this.#http = http;
    this.#attemptsMax = 1 + config.MaxRetries;
    this.#calls = new DirectCalls({ config, clock, random, events });
  }

  /** @throws AppError as the port `HttpClient` does, in the words of the last failure. */
  async request(request: ServerRequest): Promise<HttpResponse> {
    const { server, path, headers, ...question } = request;
    const call = this.#callOf(request);
    try {
      const { value } = await this.#calls.execute(endpointOf(server), call, (_, timeoutMs) => {
        const url = server + path;
        return httpAttempt(this.#http, { ...question, url, headers: headers(), timeoutMs });
      });
      return value;
    } catch (thrown) {
      throw thrown instanceof FailoverError ? asClientError(thrown) : thrown;
    }
  }

  #callOf({ isIdempotent, timeoutMs, signal }: ServerRequest): FailoverCall {
    const policy = {
      ...{ isIdempotent, attemptsMax: this.#attemptsMax, hedge: null },
      ...{ tryTimeoutMs: timeoutMs, totalTimeoutMs: timeoutMs },
    };
    return { policy, key: null, timeoutMs: null, signal, isTraced: false };
  }
}

function endpointOf(url: string): Endpoint {
  return { id: url, address: url, weight: 1, zone: '', metadata: {} };
}

function asClientError(error: FailoverError): AppError {
  const { ending, kind, executed } = error;
  const last = messageOf(error.cause ?? error);
  const isKept = ending === 'circuit_open';
  const message = isKept
    ? `not called for a moment, as it has failed again and again: ${last}`
    : last;
  return new AppError(kind, message, { cause: error, details: { reached: executed !== 'no' } });
}
