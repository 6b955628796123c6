import { z } from 'zod';
import type { HttpClient, HttpRequest, HttpResponse } from '../../client/http-client.ts';
import { problemsText } from '../../domain/problems-text.ts';
import { messageOf } from '../../kernel/errors.ts';
import {
  asRegistryError,
  hasRegistryCode,
  type RegistryCode,
  RegistryError,
} from '../registry-error.ts';

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
}

interface ServerCallsDeps {
  /** Normalised, at least one. */
  readonly urls: readonly string[];
  readonly http: HttpClient;
  readonly timeoutMs: number;
}

/**
 * Asks the servers of one registry: the one that has answered last, and where that is away the
 * others in turn. Everything throws RegistryError; what was refused holds its `apiCode`, and what
 * may have happened before it is `reached` in their details.
 */
export class ServerCalls {
  readonly #deps: ServerCallsDeps;
  /** The place in `urls` of the one that has answered last. */
  #current = 0;

  constructor(deps: ServerCallsDeps) {
    this.#deps = deps;
  }

  async ask<T>(call: ServerCall<T>, token: string | null, signal: AbortSignal): Promise<T> {
    const { urls } = this.#deps;
    const first = this.#current;
    const away: RegistryError[] = [];
    for (let tries = 0; tries < urls.length; tries += 1) {
      const at = (first + tries) % urls.length;
      try {
        const data = await this.#askOne(urls[at] ?? '', call, token, signal);
        this.#current = at;
        return data;
      } catch (thrown) {
        const error = asRegistryError(thrown, call.failure);
        if (!isAway(error)) throw withReach(error, away);
        away.push(error);
        if (signal.aborted) break;
      }
    }
    throw allAway(away);
  }

  async #askOne<T>(url: string, call: ServerCall<T>, token: string | null, signal: AbortSignal) {
    const { http, timeoutMs } = this.#deps;
    const { method, path, body, waitMs = 0 } = call;
    const response = await http.request({
      ...{ method, url: url + path, signal, answerBytesMax: ANSWER_BYTES_MAX },
      headers: {
        'x-http-status': 'true',
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      timeoutMs: timeoutMs + waitMs,
    });
    const envelope = envelopeOf(response, `${method} ${url}${path}`);
    if (envelope.code !== SUCCESS) throw refusal(envelope, response.status, call.failure);
    return dataOf(envelope, call, url);
  }
}

export function isUnauthorized(thrown: unknown): boolean {
  return thrown instanceof RegistryError && thrown.details['apiCode'] === UNAUTHORIZED;
}

/** Something else answers than a registry: that nothing is found there says nothing of instances. */
function envelopeOf({ status, body }: HttpResponse, asked: string): Envelope {
  const read = Envelope.safeParse(parsed(body));
  if (read.success) return read.data;
  const told = body.slice(0, TOLD_MAX);
  throw new RegistryError(
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
function withReach(error: RegistryError, away: readonly RegistryError[]): RegistryError {
  const { code, message, details } = error;
  if (!away.some(hasReached)) return error;
  return new RegistryError(code, message, {
    cause: error,
    details: { ...details, mayBeDone: true },
  });
}

function allAway(away: readonly RegistryError[]): RegistryError {
  const [first] = away;
  if (first !== undefined && away.length === 1) return first;
  const isLate = away.some((error) => hasRegistryCode(error, 'OPERATION_TIMEOUT'));
  return new RegistryError(
    isLate ? 'OPERATION_TIMEOUT' : 'CONNECTION_FAILED',
    `no server of the registry answers: ${away.map(messageOf).join('; ')}`,
    { cause: first, details: { reached: away.some(hasReached) } },
  );
}

function hasReached({ details }: RegistryError): boolean {
  return details['reached'] === true || details['reached'] === undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
