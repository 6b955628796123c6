import type { BreakerOptions } from './breaker.ts';
import type { FailoverConfig } from './failover-config.ts';

/** How breakers stay open longer and longer. */
const OPEN_GROWTH = { growth: 2, growthMax: 10 } as const;

/** The breakers that a failover configuration asks for. */
export function breakerOptionsOf(config: FailoverConfig): BreakerOptions {
  const { HalfOpenMaxCalls, HalfOpenSuccessThreshold } = config;
  const successesToClose = Math.max(1, Math.ceil(HalfOpenMaxCalls * HalfOpenSuccessThreshold));
  return {
    threshold: config.CircuitBreakThreshold,
    openMs: config.CircuitBreakTimeout,
    ...OPEN_GROWTH,
    halfOpenMax: HalfOpenMaxCalls,
    successesToClose,
    // So many that the others cannot be enough.
    failuresToReopen: HalfOpenMaxCalls - successesToClose + 1,
  };
}
