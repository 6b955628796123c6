import { type Executed, type FailureReason, RPC_CODES, type RpcCode } from './rpc-error.ts';

const REASONS: ReadonlySet<string> = new Set<FailureReason>([
  ...(['timeout', 'connection_refused', 'connection_reset', 'service_unavailable'] as const),
  ...(['draining', 'overloaded', 'protocol', 'cancelled', 'application'] as const),
]);

export function isCode(text: unknown): text is RpcCode {
  return typeof text === 'string' && Object.hasOwn(RPC_CODES, text);
}

export function isReason(text: unknown): text is FailureReason {
  return typeof text === 'string' && REASONS.has(text);
}

/** Of a failure that came without one. What an instance refused before it ran anything is never `application`. */
export function reasonOf(code: RpcCode, executed: Executed): FailureReason {
  if (code === 'unavailable') return 'service_unavailable';
  if (code === 'deadline_exceeded') return 'timeout';
  if (code === 'cancelled') return 'cancelled';
  if (executed !== 'no') return 'application';
  return code === 'resource_exhausted' ? 'overloaded' : 'protocol';
}
