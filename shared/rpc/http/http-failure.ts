import { z } from 'zod';
import type { ByteAnswer, ByteFailure, ByteFailureWhy } from '../../client/byte-pool.ts';
import { isCode, isReason, reasonOf } from '../failure-words.ts';
import { readPushback } from '../pushback.ts';
import { type Executed, type FailureReason, type RpcCode, RpcError } from '../rpc-error.ts';

/** How a failure goes over the wire, as the body of its answer. */
export interface FailureBody {
  readonly code: RpcCode;
  readonly message: string;
  readonly executed: Executed;
  readonly reason?: FailureReason;
  readonly retry_after_ms?: number;
}

const FailureBody = z.object({
  code: z.custom<RpcCode>(isCode),
  message: z.string().default(''),
  executed: z.enum(['no', 'maybe', 'yes']).default('maybe'),
  reason: z.custom<FailureReason>(isReason).optional().catch(undefined),
  retry_after_ms: z.number().optional().catch(undefined),
});

export const HTTP_STATUSES: Readonly<Record<RpcCode, number>> = {
  cancelled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 412,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  data_loss: 500,
  unauthenticated: 401,
};

/** What an answer means that is none of our servers': something stands between. */
const FOREIGN: Readonly<Record<number, RpcCode>> = {
  400: 'internal',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'unimplemented',
  429: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/** An answer that is no success. */
export function answerFailure(address: string, answer: ByteAnswer): RpcError {
  const parsed = FailureBody.safeParse(jsonOf(answer.body));
  if (!parsed.success) return foreignFailure(address, answer);
  const { code, message, executed, reason, retry_after_ms: pushbackMs } = parsed.data;
  return new RpcError(code, message === '' ? `${address} says ${code}` : message, {
    executed,
    reason: reason ?? reasonOf(code, executed),
    ...(pushbackMs === undefined ? {} : { retryAfterMs: readPushback(pushbackMs) }),
  });
}

function foreignFailure(address: string, { status, headers }: ByteAnswer): RpcError {
  const code = FOREIGN[status] ?? 'unknown';
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return new RpcError(code, `${address} answers with the status ${status}`, {
    executed: 'maybe',
    reason: code === 'unavailable' ? 'service_unavailable' : 'protocol',
    ...(seconds >= 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  });
}

interface Meaning {
  readonly code: RpcCode;
  readonly reason: FailureReason;
  readonly text: (address: string) => string;
}

const MEANINGS: Readonly<Record<ByteFailureWhy, Meaning>> = {
  aborted: {
    ...({ code: 'cancelled', reason: 'cancelled' } as const),
    text: (address) => `the call to ${address} was given up by its caller`,
  },
  closed: {
    ...({ code: 'cancelled', reason: 'cancelled' } as const),
    text: (address) => `the channel to ${address} was closed`,
  },
  timeout: {
    ...({ code: 'deadline_exceeded', reason: 'timeout' } as const),
    text: (address) => `no answer from ${address} in time`,
  },
  connect_timeout: {
    ...({ code: 'unavailable', reason: 'timeout' } as const),
    text: (address) => `no connection to ${address} in time`,
  },
  refused: {
    ...({ code: 'unavailable', reason: 'connection_refused' } as const),
    text: (address) => `no connection to ${address}`,
  },
  lost: {
    ...({ code: 'unavailable', reason: 'connection_reset' } as const),
    text: (address) => `the connection to ${address} broke`,
  },
  malformed: {
    ...({ code: 'unavailable', reason: 'protocol' } as const),
    text: (address) => `what ${address} sends cannot be read`,
  },
  too_long: {
    ...({ code: 'resource_exhausted', reason: 'protocol' } as const),
    text: (address) => `the answer of ${address} is longer than is allowed`,
  },
};

/** No answer, or none to its end. */
export function exchangeFailure(address: string, { why, isSent, cause }: ByteFailure): RpcError {
  const { code, reason, text } = MEANINGS[why];
  const message = `${text(address)}: ${cause.message}`;
  if (!isSent) {
    // Without a connection there was none to break: it did not come about.
    const unmade = why === 'lost' ? 'service_unavailable' : reason;
    return new RpcError(code, message, { reason: unmade, executed: 'no', cause });
  }
  return new RpcError(code, message, {
    ...{ reason, cause },
    executed: why === 'too_long' ? 'yes' : 'maybe',
  });
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}
