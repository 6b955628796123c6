import type { BreakerState } from '../resilience/breaker.ts';
import type { FailoverEvents } from '../resilience/failover-events.ts';
import type { Endpoint } from '../resilience/instance.ts';
import type { HealthState } from '../resilience/instance-health.ts';
import type { FailureReason } from './rpc-error.ts';

/** What a client has done beside plain calls. Instances are named by their IDs; times are ms. */
export type RpcEvent =
  | {
      readonly kind: 'retry';
      /** Who failed. */
      readonly instance: string;
      /** 1: the first one of its call. */
      readonly retry: number;
      readonly reason: FailureReason;
      readonly waitMs: number;
    }
  | {
      readonly kind: 'failover';
      /** Who failed first, and who answered. */
      readonly from: string;
      readonly to: string;
      readonly retries: number;
    }
  | { readonly kind: 'circuit_break'; readonly instance: string; readonly state: BreakerState }
  | { readonly kind: 'health'; readonly instance: string; readonly state: HealthState }
  | { readonly kind: 'ejection'; readonly instance: string; readonly forMs: number }
  | { readonly kind: 'hedge'; readonly instance: string }
  /** A retry or a hedge was not allowed. */
  | { readonly kind: 'budget_spent' };

/** Tells of all that happens in one way. */
export function asRpcEvents(tell: (event: RpcEvent) => void): FailoverEvents<Endpoint> {
  return {
    onRetry: ({ from, retry, reason, waitMs }) =>
      tell({ kind: 'retry', instance: from.id, retry, reason, waitMs }),
    onFailover: ({ from, to, retries }) =>
      tell({ kind: 'failover', from: from.id, to: to.id, retries }),
    onBreak: ({ instance, state }) => tell({ kind: 'circuit_break', instance: instance.id, state }),
    onHealth: ({ instance, state }) => tell({ kind: 'health', instance: instance.id, state }),
    onEject: ({ instance, forMs }) => tell({ kind: 'ejection', instance: instance.id, forMs }),
    onHedge: ({ instance }) => tell({ kind: 'hedge', instance: instance.id }),
    onBudgetSpent: () => tell({ kind: 'budget_spent' }),
  };
}
