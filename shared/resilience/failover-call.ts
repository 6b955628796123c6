import type { Trace } from './attempt-trace.ts';
import type { CallPolicy } from './call-policy.ts';

/** A call, as whoever makes it says. */
export interface FailoverCall {
  readonly policy: CallPolicy;
  /** What it is about, for a balancer that keeps to an instance by that. */
  readonly key: string | null;
  /** The caller's own time, if it is shorter than the policy's total. */
  readonly timeoutMs: number | null;
  readonly signal: AbortSignal | null;
  /** True: there is a trace also where the first attempt succeeds. */
  readonly isTraced: boolean;
}

/**
 * Calls one instance once. It ends by itself when `timeoutMs` are over, with an RpcError of reason
 * `timeout`, and when the signal aborts: nobody else keeps time here, since a timer a call costs more
 * than the call.
 */
export type Attempt<Instance, Value> = (
  instance: Instance,
  timeoutMs: number,
  signal: AbortSignal | null,
) => Promise<Value>;

export interface CallResult<Instance, Value> {
  readonly value: Value;
  /** Who answered. */
  readonly instance: Instance;
  /** Empty when the first attempt succeeded, and nobody asked for it. */
  readonly trace: Trace;
}

export function totalMs({ policy, timeoutMs }: FailoverCall): number {
  return timeoutMs === null ? policy.totalTimeoutMs : Math.min(timeoutMs, policy.totalTimeoutMs);
}
