import type { ClientConfig } from './failover-config.ts';

/** How calls of one method are made. Times are ms. */
export interface CallPolicy {
  /** To run it twice does no harm. */
  readonly isIdempotent: boolean;
  /** The first one counted in. */
  readonly attemptsMax: number;
  readonly tryTimeoutMs: number;
  /** Of all attempts and the waits between them. */
  readonly totalTimeoutMs: number;
  /** Null: nothing is sent twice at once. */
  readonly hedge: { readonly delayMs: number; readonly max: number } | null;
}

/** The policy of a method; made once, used by all of its calls. */
export function callPolicyOf(config: ClientConfig, method: string): CallPolicy {
  const { FailoverConfig, EnableFailover, Timeout, Methods } = config;
  const own = Methods[method];
  const isIdempotent = own?.Idempotent ?? false;
  const hedge = own?.Hedge;
  return {
    isIdempotent,
    attemptsMax: EnableFailover ? 1 + (own?.MaxRetries ?? FailoverConfig.MaxRetries) : 1,
    tryTimeoutMs: own?.RequestTimeout ?? FailoverConfig.RequestTimeout,
    totalTimeoutMs: own?.Timeout ?? Timeout,
    hedge:
      EnableFailover && isIdempotent && hedge !== undefined
        ? { delayMs: hedge.DelayMs, max: hedge.Max }
        : null,
  };
}
