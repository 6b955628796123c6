import type { FailureReason } from '../rpc/rpc-error.ts';
import type { RetryChoice } from './choice.ts';
import type { FailoverConfig } from './failover-config.ts';
import { RetryBudget } from './retry-budget.ts';
import type { RetrySchedule } from './retry-schedule.ts';

const BUDGET_WINDOW_MS = 10_000;

/** When a call is tried again, and with whom. */
export interface ExecutionRules {
  readonly budget: RetryBudget;
  readonly schedule: RetrySchedule;
  readonly retryable: ReadonlySet<FailureReason>;
  readonly choice: RetryChoice;
  /** The longest that an instance is left alone because it asked for that, or goes away. */
  readonly restMaxMs: number;
}

/** The rules that a failover configuration asks for; their budget is that of all calls by them. */
export function executionRulesOf(config: FailoverConfig): ExecutionRules {
  return {
    budget: new RetryBudget({
      share: config.RetryBudgetShare,
      leastASecond: config.RetryBudgetLeast,
      windowMs: BUDGET_WINDOW_MS,
    }),
    schedule: {
      strategy: config.RetryStrategy,
      intervalMs: config.RetryInterval,
      maxDelayMs: config.MaxRetryDelay,
      backoff: config.RetryBackoff,
      jitter: config.RetryJitter,
    },
    retryable: new Set(config.RetryableErrors),
    choice: config.FailoverStrategy,
    restMaxMs: config.RecoveryInterval,
  };
}
