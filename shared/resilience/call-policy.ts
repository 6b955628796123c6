import type { ClientConfig, MethodConfig } from './failover-config.ts';

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

const PLAIN: MethodConfig = { Idempotent: false };

/** The policy of a method; made once, used by all of its calls. */
export function callPolicyOf(config: ClientConfig, method: string): CallPolicy {
  const { FailoverConfig, EnableFailover, Timeout, Methods } = config;
  const own = Methods[method] ?? PLAIN;
  const retriesMax = own.MaxRetries ?? FailoverConfig.MaxRetries;
  return {
    isIdempotent: own.Idempotent,
    attemptsMax: EnableFailover ? 1 + retriesMax : 1,
    tryTimeoutMs: own.RequestTimeout ?? FailoverConfig.RequestTimeout,
    totalTimeoutMs: own.Timeout ?? Timeout,
    hedge: EnableFailover ? hedgeOf(own) : null,
  };
}

function hedgeOf({ Idempotent, Hedge }: MethodConfig): CallPolicy['hedge'] {
  if (!Idempotent || Hedge === undefined) return null;
  return { delayMs: Hedge.DelayMs, max: Hedge.Max };
}
