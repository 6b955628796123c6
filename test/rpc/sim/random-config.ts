import type { RandomSource } from '../../../shared/kernel/random.ts';
import {
  BALANCERS,
  SIMPLE_BALANCERS,
} from '../../../shared/resilience/balancers/create-balancer.ts';
import {
  ClientConfig,
  type ClientConfigInput,
} from '../../../shared/resilience/failover-config.ts';

export const BUDGET = { share: 0.1, leastASecond: 0.5, windowMs: 10_000 } as const;

/** What is built wrong on purpose, and must be found out. */
export type Planted = 'lie' | 'ban' | 'storm';

/** Any configuration that a client may have, but for times: histories are short. */
export function randomConfig(random: RandomSource, planted: Planted | undefined): ClientConfig {
  const one = <Value>(values: readonly [Value, ...Value[]]): Value =>
    values[Math.floor(random.next() * values.length)] ?? values[0];
  const hedge = () => ({ Hedge: { DelayMs: one([10, 60]), Max: one([1, 2]) } });
  const input: ClientConfigInput = {
    Timeout: one([1_000, 3_000]),
    Balancer: one(BALANCERS),
    BalancerInZone: one(SIMPLE_BALANCERS),
    Zone: 'east',
    Methods: { read: { Idempotent: true, ...(random.next() < 0.5 && hedge()) } },
    FailoverConfig: {
      RetryStrategy: one(['simple', 'exponential', 'jittered']),
      RetryInterval: one([0, 20, 100]),
      RetryableErrors: ['timeout', 'connection_refused', 'connection_reset', 'service_unavailable'],
      FailoverStrategy: one(['next', 'random', 'best']),
      RecoveryStrategy: one(['immediate', 'gradual', 'probing']),
      Detector: one(['timeout', 'error_rate', 'health_check']),
      FailureDetectionTime: one([500, 10_000]),
      CircuitBreakThreshold: one([3, 5]),
      CircuitBreakTimeout: 1_000,
      HalfOpenMaxCalls: one([1, 3]),
      RequestTimeout: 500,
      ConnectionTimeout: 500,
      RecoveryInterval: 1_000,
      RecoveryTimeout: 5_000,
      EjectedShareMax: one([0.5, 1]),
      RetryBudgetShare: BUDGET.share,
      RetryBudgetLeast: BUDGET.leastASecond,
      ...(planted === 'ban' && BANNING),
      ...(planted === 'storm' && { RetryBudgetLeast: 10_000, MaxRetries: 20, RetryInterval: 0 }),
    },
  };
  return ClientConfig.parse(input);
}

const BANNING = {
  RecoveryInterval: 86_400_000,
  RecoveryTimeout: 86_400_000,
  CircuitBreakTimeout: 86_400_000,
} as const;
