import { z } from 'zod';

const ms = (fallback: number) => z.number().min(0).max(86_400_000).default(fallback);
const count = (fallback: number) => z.number().int().min(0).max(10_000).default(fallback);

/** What a call that failed for such a reason may be tried again for. */
const RETRYABLE = [
  'timeout',
  'connection_refused',
  'connection_reset',
  'service_unavailable',
] as const;

/**
 * How calls fail over, under the names and with the defaults of the original, whose durations are ms
 * here; what stands behind `RetryBudgetShare` is ours.
 */
export const FailoverConfig = z.strictObject({
  MaxRetries: count(3),
  RetryInterval: ms(100),
  MaxRetryDelay: ms(30_000),
  RetryBackoff: z.number().min(1).max(10).default(2),
  RetryJitter: z.number().min(0).max(1).default(0.2),
  RetryableErrors: z
    .array(z.enum(RETRYABLE))
    .default(['timeout', 'connection_refused', 'service_unavailable']),
  RetryStrategy: z.enum(['simple', 'exponential', 'jittered']).default('jittered'),
  CircuitBreakThreshold: count(5).pipe(z.number().min(1)),
  CircuitBreakTimeout: ms(30_000),
  HalfOpenMaxCalls: count(3).pipe(z.number().min(1)),
  HalfOpenSuccessThreshold: z.number().gt(0).max(1).default(0.5),
  /** How far back failures count, and how often an instance is looked at. */
  FailureDetectionTime: ms(10_000),
  FailureThreshold: count(3).pipe(z.number().min(1)),
  SuccessThreshold: count(2).pipe(z.number().min(1)),
  ConnectionTimeout: ms(3_000),
  /** Of one attempt. */
  RequestTimeout: ms(5_000),
  RecoveryInterval: ms(5_000),
  RecoveryTimeout: ms(60_000),
  RecoveryStrategy: z.enum(['immediate', 'gradual', 'probing']).default('gradual'),
  RecoveryThreshold: count(2).pipe(z.number().min(1)),
  EnableMetrics: z.boolean().default(true),
  FailoverStrategy: z.enum(['next', 'random', 'best']).default('next'),

  Detector: z.enum(['timeout', 'error_rate', 'health_check']).default('timeout'),
  /** Retries that each call earns, and how many a second there may always be. */
  RetryBudgetShare: z.number().min(0).max(10).default(0.2),
  RetryBudgetLeast: z.number().min(0).max(10_000).default(10),
  /** No more than this share of instances is ejected at once. */
  EjectedShareMax: z.number().min(0).max(1).default(0.5),
  /** Where a smaller share than this is well, all get calls: it is not the instances that are ill. */
  PanicShare: z.number().min(0).max(1).default(0.34),
});
export type FailoverConfig = z.output<typeof FailoverConfig>;
export type FailoverConfigInput = z.input<typeof FailoverConfig>;
