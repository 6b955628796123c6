import {
  type Executed,
  type FailureReason,
  RPC_CODES,
  type RpcCode,
  RpcError,
} from '../rpc-error.ts';
import type { DispatchResult } from '../transport.ts';
import { EXTRA, type WireMetadata } from './wire-metadata.ts';

export type Failure = Extract<DispatchResult, { ok: false }>;

const REASONS: ReadonlySet<string> = new Set<FailureReason>([
  ...(['timeout', 'connection_refused', 'connection_reset', 'service_unavailable'] as const),
  ...(['draining', 'overloaded', 'protocol', 'cancelled', 'application'] as const),
]);

/** How a failure goes over the wire. */
export function failureMetadata(failure: Failure): WireMetadata {
  const { code, message, executed, reason, retryAfterMs } = failure;
  const extra: Record<string, string> = {
    [EXTRA.code]: code,
    [EXTRA.executed]: executed ? 'yes' : 'no',
    [EXTRA.retryable]: String(!executed),
  };
  if (reason !== undefined) extra[EXTRA.reason] = reason;
  if (retryAfterMs !== undefined) extra[EXTRA.retryAfterMs] = String(retryAfterMs);
  // Without a text it would look like a success.
  return { service: '', method: '', error: message === '' ? code : message, extra };
}

/** What came over the wire as a failure. One without a code is of a server that has none: it ran. */
export function failureOf({ error, extra }: WireMetadata): RpcError {
  const code = extra[EXTRA.code];
  const executed = extra[EXTRA.executed] === 'no' ? 'no' : 'yes';
  const known = isCode(code) ? code : 'unknown';
  const reason = extra[EXTRA.reason];
  const retryAfterMs = Number(extra[EXTRA.retryAfterMs] ?? Number.NaN);
  return new RpcError(known, error, {
    executed,
    reason: isReason(reason) ? reason : reasonOf(known, executed),
    ...(Number.isFinite(retryAfterMs) ? { retryAfterMs } : {}),
  });
}

/** What an instance refused before it ran anything is never `application`. */
function reasonOf(code: RpcCode, executed: Executed): FailureReason {
  if (code === 'unavailable') return 'service_unavailable';
  if (code === 'deadline_exceeded') return 'timeout';
  if (code === 'cancelled') return 'cancelled';
  if (executed !== 'no') return 'application';
  return code === 'resource_exhausted' ? 'overloaded' : 'protocol';
}

function isCode(text: string | undefined): text is RpcCode {
  return text !== undefined && Object.hasOwn(RPC_CODES, text);
}

function isReason(text: string | undefined): text is FailureReason {
  return text !== undefined && REASONS.has(text);
}
