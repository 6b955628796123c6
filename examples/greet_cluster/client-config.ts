import type { ClientConfigInput } from '../../shared/rpc/library.ts';

/** The nearest server first; those of other zones when it cannot answer. `pace`: 1, or less to hurry. */
export function clientConfig(pace: number): ClientConfigInput {
  const ms = (whole: number) => Math.max(1, Math.round(whole * pace));
  return {
    Timeout: 10_000,
    Balancer: 'zone_first',
    Zone: 'near',
    FailoverConfig: {
      MaxRetries: 3,
      RetryInterval: ms(200),
      MaxRetryDelay: ms(5_000),
      RetryBackoff: 1.5,
      RetryJitter: 0.2,
      RetryableErrors: ['timeout', 'connection_refused', 'connection_reset', 'service_unavailable'],
      RetryStrategy: 'jittered',
      CircuitBreakThreshold: 3,
      CircuitBreakTimeout: ms(5_000),
      HalfOpenMaxCalls: 2,
      HalfOpenSuccessThreshold: 0.5,
      // By their rate, so that it is the breaker that opens when calls fail one after another.
      Detector: 'error_rate',
      FailureDetectionTime: ms(3_000),
      FailureThreshold: 2,
      SuccessThreshold: 2,
      ConnectionTimeout: 1_000,
      RequestTimeout: 2_000,
      RecoveryInterval: ms(3_000),
      RecoveryTimeout: ms(30_000),
      RecoveryStrategy: 'gradual',
      RecoveryThreshold: 3,
      EnableMetrics: true,
      FailoverStrategy: 'next',
    },
  };
}
