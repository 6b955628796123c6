import type { FailureReason } from '../rpc/rpc-error.ts';
import type { BreakerState } from './breaker.ts';
import type { Endpoint } from './instance.ts';
import type { HealthState } from './instance-health.ts';

/** What metrics and logs hang on; each is told where and when it happens. Times are ms. */
export interface FailoverEvents<Instance extends Endpoint> {
  /** An attempt failed, was waited after, and another one begins; `retry`: 1 is the first. */
  onRetry?(told: {
    readonly from: Instance;
    readonly to: Instance;
    readonly retry: number;
    readonly reason: FailureReason;
    readonly waitMs: number;
  }): void;
  /** An instance answered a call that others had failed. */
  onFailover?(told: {
    readonly from: Instance;
    readonly to: Instance;
    readonly retries: number;
  }): void;
  onBreak?(told: { readonly instance: Instance; readonly state: BreakerState }): void;
  onHealth?(told: { readonly instance: Instance; readonly state: HealthState }): void;
  onEject?(told: { readonly instance: Instance; readonly forMs: number }): void;
  onHedge?(told: { readonly instance: Instance }): void;
  /** A retry or a hedge was not allowed by the budget. */
  onBudgetSpent?(): void;
}
