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

/** Any number below 0 asks never to come again, as gRPC says it. */
const NEVER = -1;

/** How a server tells on the wire after how many milliseconds it may be asked again. */
export function pushbackOnWire(retryAfterMs: number): number {
  return Number.isFinite(retryAfterMs) ? Math.ceil(retryAfterMs) : NEVER;
}

/** What came of that; Infinity: never again. */
export function pushbackFromWire(ms: number): number {
  return ms < 0 ? Infinity : ms;
}

/** Of a failure that came without one. What an instance refused before it ran anything is never `application`. */
export function reasonOf(code: RpcCode, executed: Executed): FailureReason {
  if (code === 'unavailable') return 'service_unavailable';
  if (code === 'deadline_exceeded') return 'timeout';
  if (code === 'cancelled') return 'cancelled';
  if (executed !== 'no') return 'application';
  return code === 'resource_exhausted' ? 'overloaded' : 'protocol';
}
