import type { Executed, FailureReason, RpcCode } from '../rpc/rpc-error.ts';
import type { BreakerState } from './breaker.ts';
import type { HealthState } from './instance-health.ts';

/** What became of one attempt. Times are ms. */
export interface AttemptTrace {
  readonly instanceId: string;
  readonly address: string;
  /** As it was when the instance was chosen. */
  readonly state: HealthState;
  readonly breaker: BreakerState;
  /** Null: it answered. */
  readonly reason: FailureReason | null;
  readonly code: RpcCode | null;
  readonly message: string | null;
  readonly executed: Executed;
  /** Before it. */
  readonly waitMs: number;
  readonly durationMs: number;
  /** Sent beside another one that was late. */
  readonly isHedge: boolean;
}

export type Trace = readonly AttemptTrace[];
