import { describe, expect, it } from 'vitest';
import { callPolicyOf } from './call-policy.ts';
import { ClientConfig, FailoverConfig } from './failover-config.ts';

describe('FailoverConfig', () => {
  it('has the 22 fields of the original with its defaults', () => {
    expect(FailoverConfig.parse({})).toMatchObject({
      MaxRetries: 3,
      RetryInterval: 100,
      MaxRetryDelay: 30_000,
      RetryBackoff: 2,
      RetryJitter: 0.2,
      RetryableErrors: ['timeout', 'connection_refused', 'service_unavailable'],
      RetryStrategy: 'jittered',
      CircuitBreakThreshold: 5,
      CircuitBreakTimeout: 30_000,
      HalfOpenMaxCalls: 3,
      HalfOpenSuccessThreshold: 0.5,
      FailureDetectionTime: 10_000,
      FailureThreshold: 3,
      SuccessThreshold: 2,
      ConnectionTimeout: 3_000,
      RequestTimeout: 5_000,
      RecoveryInterval: 5_000,
      RecoveryTimeout: 60_000,
      RecoveryStrategy: 'gradual',
      RecoveryThreshold: 2,
      EnableMetrics: true,
      FailoverStrategy: 'next',
    });
  });

  it.each([
    { MaxRetries: -1 },
    { RetryBackoff: 0.5 },
    { RetryableErrors: ['validation'] },
    { CircuitBreakThreshold: 0 },
    { HalfOpenSuccessThreshold: 0 },
    { MaxRetry: 3 },
  ])('refuses %o', (input) => {
    expect(FailoverConfig.safeParse(input).success).toBe(false);
  });
});

describe('callPolicyOf', () => {
  const config = ClientConfig.parse({
    Methods: {
      read: { Idempotent: true, MaxRetries: 1, Timeout: 900, Hedge: { DelayMs: 50 } },
      write: { Hedge: { DelayMs: 50 } },
    },
  });

  it('goes by the method, and by the configuration for what that leaves out', () => {
    expect(callPolicyOf(config, 'read')).toEqual({
      isIdempotent: true,
      attemptsMax: 2,
      tryTimeoutMs: 5_000,
      totalTimeoutMs: 900,
      hedge: { delayMs: 50, max: 1 },
    });
  });

  it.each(['write', 'unheard of'])('never hedges what is not idempotent: %s', (method) => {
    expect(callPolicyOf(config, method)).toMatchObject({ isIdempotent: false, hedge: null });
  });

  it('tries once where failover is off', () => {
    const off = { ...config, EnableFailover: false };
    expect(callPolicyOf(off, 'read')).toMatchObject({ attemptsMax: 1, hedge: null });
  });
});
