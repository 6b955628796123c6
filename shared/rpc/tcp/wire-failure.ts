import { isCode, isReason, reasonOf } from '../failure-words.ts';
import { readPushback, sentPushback } from '../pushback.ts';
import { RpcError } from '../rpc-error.ts';
import type { DispatchResult } from '../transport.ts';
import { EXTRA, type WireMetadata } from './wire-metadata.ts';

export type Failure = Extract<DispatchResult, { ok: false }>;

/** How a failure goes over the wire. */
export function failureMetadata(failure: Failure): WireMetadata {
  const { code, message, executed, reason, retryAfterMs } = failure;
  const extra: Record<string, string> = {
    [EXTRA.code]: code,
    [EXTRA.executed]: executed ? 'yes' : 'no',
    [EXTRA.retryable]: String(!executed),
  };
  if (reason !== undefined) extra[EXTRA.reason] = reason;
  if (retryAfterMs !== undefined) extra[EXTRA.retryAfterMs] = String(sentPushback(retryAfterMs));
  // Without a text it would look like a success.
  return { service: '', method: '', error: message === '' ? code : message, extra };
}

/** What came over the wire as a failure. One without a code is of a server that has none: it ran. */
export function failureOf({ error, extra }: WireMetadata): RpcError {
  const code = extra[EXTRA.code];
  const executed = extra[EXTRA.executed] === 'no' ? 'no' : 'yes';
  const known = isCode(code) ? code : 'unknown';
  const reason = extra[EXTRA.reason];
  const pushbackMs = Number(extra[EXTRA.retryAfterMs] ?? Number.NaN);
  return new RpcError(known, error, {
    executed,
    reason: isReason(reason) ? reason : reasonOf(known, executed),
    ...(Number.isFinite(pushbackMs) ? { retryAfterMs: readPushback(pushbackMs) } : {}),
  });
}
