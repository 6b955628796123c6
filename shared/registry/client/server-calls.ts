import { z } from 'zod';
import { httpAttempt } from '../../client/http-attempt.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../client/http-client.ts';
import { problemsText } from '../../domain/problems-text.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { type RandomSource, systemRandom } from '../../kernel/random.ts';
import type { Trace } from '../../resilience/attempt-trace.ts';
import { Failover } from '../../resilience/failover.ts';
import type { CallResult, FailoverCall } from '../../resilience/failover-call.ts';
import { ClientConfig } from '../../resilience/failover-config.ts';
import { FailoverError } from '../../resilience/failover-error.ts';
import type { Endpoint } from '../../resilience/instance.ts';
import { RpcError } from '../../rpc/rpc-error.ts';
import { asRegistryError, type RegistryCode, RegistryError } from '../registry-error.ts';

const ANSWER_BYTES_MAX = 256 * 1024 * 1024;
const TOLD_MAX = 300;

const SUCCESS = 20_000;
export const UNAUTHORIZED = 40_100;

const Envelope = z.object({ code: z.number(), msg: z.string().default(''), data: z.unknown() });
type Envelope = z.output<typeof Envelope>;

export interface ServerCall<T> {
  readonly method: HttpRequest['method'];
  /** Behind the URL of the server, with its query. */
  readonly path: string;
  readonly body?: object;
  readonly answer: z.ZodType<T>;
  /** What it is when the server cannot do it, and does not say more. */
  readonly failure: RegistryCode;
  /** Beyond the time that a server has for any call. */
  readonly waitMs?: number;
  /** False: to do it twice is one time too many. */
  readonly isIdempotent?: boolean;
}

interface ServerCallsDeps {
  /** Normalised, at least one. */
  readonly urls: readonly string[];
  readonly http: HttpClient;
  readonly timeoutMs: number;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/**
 * A server that is away costs one call its time, then nobody for a while: but one after another is
 * tried before a call fails, and the last one that there is is never left out.
 */
const FAILOVER = ClientConfig.parse({
  Balancer: 'consistent_hash',
  FailoverConfig: {
    RetryInterval: 0,
    RetryableErrors: ['timeout', 'connection_refused', 'connection_reset', 'service_unavailable'],
    FailureThreshold: 1,
    SuccessThreshold: 1,
    RecoveryInterval: 1_000,
    RecoveryTimeout: 15_000,
    RecoveryStrategy: 'immediate',
    CircuitBreakThreshold: 10_000,
  },
});

/** What a server has said: an answer, or why it does not do what it was asked. */
type Said = { readonly envelope: Envelope } | { readonly refusal: RegistryError };

/**
 * Asks the servers of one registry: each client keeps to one of them, by chance, and where that is
 * away goes to the others. Everything throws RegistryError; what was refused holds its `apiCode`, and
 * what may have happened before it is `reached` in their details.
 */
export class ServerCalls {
  readonly #deps: ServerCallsDeps;
  readonly #servers: Failover<Endpoint>;
  readonly #key: string;

  constructor(deps: ServerCallsDeps) {
    const { urls, clock = systemClock, random = systemRandom } = deps;
    this.#deps = deps;
    this.#servers = new Failover({ config: FAILOVER, clock, random });
    this.#servers.set(
      urls.map((url) => ({ id: url, address: url, weight: 1, zone: '', metadata: {} })),
    );
    this.#key = String(random.next());
  }

  async ask<T>(call: ServerCall<T>, token: string | null, signal: AbortSignal): Promise<T> {
    const { value, instance, trace } = await this.#first(call, token, signal);
    if ('refusal' in value) throw withReach(value.refusal, trace);
    return dataOf(value.envelope, call, instance.address);
  }

  /** What the first server says that says anything. */
  async #first<T>(
    call: ServerCall<T>,
    token: string | null,
    signal: AbortSignal,
  ): Promise<CallResult<Endpoint, Said>> {
    try {
      return await this.#servers.execute(this.#callOf(call, signal), ({ address }, timeoutMs) =>
        this.#askOne(address, call, { token, timeoutMs, signal }),
      );
    } catch (thrown) {
      throw allAway(thrown, call.failure);
    }
  }

  #callOf<T>({ waitMs = 0, isIdempotent = true }: ServerCall<T>, signal: AbortSignal) {
    const { urls, timeoutMs } = this.#deps;
    const tryTimeoutMs = timeoutMs + waitMs;
    const policy = {
      ...{ isIdempotent, attemptsMax: urls.length, hedge: null, tryTimeoutMs },
      totalTimeoutMs: urls.length * tryTimeoutMs,
    };
    const call: FailoverCall = {
      ...{ policy, key: this.#key, timeoutMs: null, signal, isTraced: false },
    };
    return call;
  }

  async #askOne<T>(
    url: string,
    { method, path, body, failure }: ServerCall<T>,
    { token, ...attempt }: Attempt,
  ): Promise<Said> {
    const response = await httpAttempt(this.#deps.http, {
      ...{ method, url: url + path, answerBytesMax: ANSWER_BYTES_MAX },
      ...attempt,
      headers: {
        'x-http-status': 'true',
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const said = saidIn(response, `${method} ${url}${path}`, failure);
    if (!('refusal' in said) || !isAway(said.refusal)) return said;
    const { message } = said.refusal;
    throw new RpcError('unavailable', message, {
      ...{ reason: 'service_unavailable', executed: 'maybe', cause: said.refusal },
    });
  }
}

interface Attempt {
  readonly token: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export function isUnauthorized(thrown: unknown): boolean {
  return thrown instanceof RegistryError && thrown.details['apiCode'] === UNAUTHORIZED;
}

function saidIn({ status, body }: HttpResponse, asked: string, failure: RegistryCode): Said {
  const read = Envelope.safeParse(parsed(body));
  if (!read.success) return { refusal: stranger(asked, status, body) };
  const envelope = read.data;
  return envelope.code === SUCCESS ? { envelope } : { refusal: refusal(envelope, status, failure) };
}

/** Something else answers than a registry: that nothing is found there says nothing of instances. */
function stranger(asked: string, status: number, body: string): RegistryError {
  const told = body.slice(0, TOLD_MAX);
  return new RegistryError(
    'CONNECTION_FAILED',
    `${asked}: answered ${status}, and not as a registry does: ${told}`,
    { details: { reached: true } },
  );
}

function dataOf<T>({ data }: Envelope, { answer, failure, path }: ServerCall<T>, url: string): T {
  const read = answer.safeParse(data);
  if (read.success) return read.data;
  throw new RegistryError(
    failure,
    `${url}${path}: the answer cannot be read: ${problemsText(read.error)}`,
  );
}

function refusal({ code, msg }: Envelope, status: number, failure: RegistryCode): RegistryError {
  const details = { apiCode: code, reached: true };
  switch (code) {
    case 40_000:
      return new RegistryError(status === 409 ? failure : 'INVALID_INSTANCE', msg, { details });
    case UNAUTHORIZED:
    case 40_300:
      return new RegistryError('INVALID_CONFIG', msg, { details });
    case 40_400:
      return new RegistryError('SERVICE_NOT_FOUND', 'service not found', {
        details: { ...details, said: msg },
      });
    case 50_300:
      return new RegistryError('CONNECTION_FAILED', msg, { details });
    default: {
      const isAwayItself = status === 502 || status === 503 || status === 504;
      return new RegistryError(isAwayItself ? 'CONNECTION_FAILED' : failure, msg, { details });
    }
  }
}

function isAway(error: RegistryError): boolean {
  return error.code === 'CONNECTION_FAILED' || error.code === 'OPERATION_TIMEOUT';
}

/** An earlier server may have done it before it was given up. */
function withReach(error: RegistryError, trace: Trace): RegistryError {
  const { code, message, details } = error;
  if (!trace.some(({ reason, executed }) => reason !== null && executed !== 'no')) return error;
  return new RegistryError(code, message, {
    cause: error,
    details: { ...details, mayBeDone: true },
  });
}

function allAway(thrown: unknown, failure: RegistryCode): RegistryError {
  if (!(thrown instanceof FailoverError)) return asRegistryError(thrown, failure);
  const { trace, cause, executed } = thrown;
  if (trace.length === 1 && cause instanceof RpcError) return asRegistryError(cause.cause, failure);
  const isLate = trace.some(({ reason }) => reason === 'timeout');
  const told = trace.flatMap(({ message }) => message ?? []);
  return new RegistryError(
    isLate ? 'OPERATION_TIMEOUT' : 'CONNECTION_FAILED',
    `no server of the registry answers: ${told.join('; ')}`,
    { cause: thrown, details: { reached: executed !== 'no' } },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
