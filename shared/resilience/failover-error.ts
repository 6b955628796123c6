import { type Executed, type FailureReason, type RpcCode, RpcError } from '../rpc/rpc-error.ts';
import type { Trace } from './attempt-trace.ts';

/** Why nothing more was tried; `failed`: the last failure is none that may be tried again. */
export type CallEnding =
  | 'no_instances'
  | 'retries_exceeded'
  | 'circuit_open'
  | 'timeout'
  | 'budget_spent'
  | 'cancelled'
  | 'failed';

const MESSAGES: Readonly<Record<Exclude<CallEnding, 'failed'>, string>> = {
  no_instances: 'no available instances',
  retries_exceeded: 'maximum retries exceeded',
  circuit_open: 'circuit breaker is open',
  timeout: 'request timeout',
  budget_spent: 'service is unavailable',
  cancelled: 'the caller gave up',
};

/** For endings that are not simply the last failure. */
const ENDED_AS: Readonly<
  Partial<Record<CallEnding, { readonly code: RpcCode; readonly reason: FailureReason }>>
> = {
  no_instances: { code: 'unavailable', reason: 'service_unavailable' },
  circuit_open: { code: 'unavailable', reason: 'service_unavailable' },
  timeout: { code: 'deadline_exceeded', reason: 'timeout' },
  cancelled: { code: 'cancelled', reason: 'cancelled' },
};

interface FailoverErrorOptions {
  /** The last failure, or that of its instance where calls are kept from it; null: there was none. */
  readonly cause: RpcError | null;
  /** By any attempt. */
  readonly executed: Executed;
  readonly trace: Trace;
}

/** A call that failed for good, with all that was tried. */
export class FailoverError extends RpcError {
  readonly ending: CallEnding;
  readonly trace: Trace;

  constructor(ending: CallEnding, { cause, executed, trace }: FailoverErrorOptions) {
    const { code, reason } = ENDED_AS[ending] ?? cause ?? NOTHING;
    const { message, details, retryAfterMs } = cause ?? NOTHING;
    super(code, ending === 'failed' ? message : MESSAGES[ending], {
      ...{ reason, executed },
      ...(cause !== null && { cause }),
      ...(retryAfterMs !== null && { retryAfterMs }),
      details: { ...details, ending, attempts: trace.length },
    });
    this.ending = ending;
    this.trace = trace;
  }
}

/** Stands for the failure where nothing was tried; no ending but those in `ENDED_AS` shows it. */
const NOTHING = {
  code: 'unavailable',
  reason: 'service_unavailable',
  message: 'nothing was tried',
  details: {},
  retryAfterMs: null,
} as const;

const DEGREES: readonly Executed[] = ['no', 'maybe', 'yes'];

/** What is known of two attempts together. */
export function moreExecuted(one: Executed, other: Executed): Executed {
  return DEGREES.indexOf(other) > DEGREES.indexOf(one) ? other : one;
}
