import type { ClientConfigInput } from '../../shared/resilience/failover-config.ts';

export const CALLERS = 64;
export const TRY_MS = 1_000;
export const RECOVERY_MS = 2_000;
/**
 * How long the killed server is gone. When it is isolated for the second time one interval is over,
 * and the client looks at it one interval after that: so it is kept waiting for nearly as long as can be.
 */
export const DOWN_MS = 1.2 * RECOVERY_MS;
/** So long it is waited for the killed server to have its share again. */
export const WATCHED_MS = 4 * RECOVERY_MS;

/** For the results: how the figures are to be read. */
export const KILL_SETTINGS = {
  killed_server: `of 3 by SIGKILL; it listens at its port again after ${DOWN_MS} ms; one try may take ${TRY_MS} ms, RecoveryInterval ${RECOVERY_MS} ms, gradual`,
  killed_figures:
    'p99_rise and slowest_after: of calls that were on their way at the kill or began within a second of it; first_call_again: from when it listened again until the first call began that it answered; share_again: until it answered three quarters of the share that it had before, in 250 ms',
} as const;

/** What is not named here is as it is without a configuration. */
export const CONFIG: ClientConfigInput = {
  Methods: { SayHello: { Idempotent: true } },
  FailoverConfig: {
    RequestTimeout: TRY_MS,
    RecoveryInterval: RECOVERY_MS,
    RetryableErrors: ['timeout', 'connection_refused', 'connection_reset', 'service_unavailable'],
  },
};
