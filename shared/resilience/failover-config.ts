import { z } from 'zod';
import { BALANCERS, SIMPLE_BALANCERS } from './balancers/create-balancer.ts';

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
  /** How long an instance is isolated at first, how far probes are apart, how long a gradual recovery takes. */
  RecoveryInterval: ms(5_000),
  /** The most that an isolation grows to. */
  RecoveryTimeout: ms(60_000),
  RecoveryStrategy: z.enum(['immediate', 'gradual', 'probing']).default('gradual'),
  RecoveryThreshold: count(2).pipe(z.number().min(1)),
  EnableMetrics: z.boolean().default(true),
  /** Who is asked when a call is tried again. */
  FailoverStrategy: z.enum(['next', 'random', 'best']).default('next'),

  Detector: z.enum(['timeout', 'error_rate', 'health_check']).default('timeout'),
  /** Retries that each call earns, and how many a second there may always be. */
  RetryBudgetShare: z.number().min(0).max(10).default(0.2),
  RetryBudgetLeast: z.number().min(0).max(10_000).default(10),
  /** No more than this share of instances is ejected at once. */
  EjectedShareMax: z.number().min(0).max(1).default(0.5),
  /** Where a smaller share than this is well, all get calls: it is not the instances that are ill. */
  PanicShare: z.number().min(0).max(1).default(0.3),
});
export type FailoverConfig = z.output<typeof FailoverConfig>;
export type FailoverConfigInput = z.input<typeof FailoverConfig>;

const Hedge = z.strictObject({
  /** A call that has no answer after so long is sent to one more instance. */
  DelayMs: z.number().min(1).max(86_400_000),
  Max: z.number().int().min(1).max(10).default(1),
});

/** How one method is called; what is left out is as the failover configuration says. */
const MethodConfig = z.strictObject({
  /** True: to run it twice does no harm, so that it is tried again whatever became of it. */
  Idempotent: z.boolean().default(false),
  MaxRetries: z.number().int().min(0).max(10_000).optional(),
  RequestTimeout: z.number().min(1).max(86_400_000).optional(),
  /** Of the whole call, retries and waits included. */
  Timeout: z.number().min(1).max(86_400_000).optional(),
  /** Only of methods that are idempotent. */
  Hedge: Hedge.optional(),
});
export type MethodConfig = z.output<typeof MethodConfig>;

/** What a client of a service is given; what stands behind `EnableFailover` is ours. */
export const ClientConfig = z.strictObject({
  /** host:port; empty: discovery says who is there. */
  ServerAddresses: z.array(z.string().min(1)).max(10_000).default([]),
  /** Of a whole call, retries and waits included. */
  Timeout: z.number().min(1).max(86_400_000).default(15_000),
  FailoverConfig: FailoverConfig.prefault({}),
  /** False: calls are only spread, and each is tried once. */
  EnableFailover: z.boolean().default(true),

  Balancer: z.enum(BALANCERS).default('fastest_response'),
  /** The caller's own, for `zone_first`; there `BalancerInZone` chooses within it. */
  Zone: z.string().default(''),
  BalancerInZone: z.enum(SIMPLE_BALANCERS).default('fastest_response'),
  /** By name of the method. */
  Methods: z.record(z.string(), MethodConfig).default({}),
});
export type ClientConfig = z.output<typeof ClientConfig>;
export type ClientConfigInput = z.input<typeof ClientConfig>;
