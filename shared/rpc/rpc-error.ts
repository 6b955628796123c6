import { AppError, type ErrorKind } from '../kernel/errors.ts';

/** The codes of gRPC, under their numbers there; each is known by its name. */
export const RPC_CODES = {
  cancelled: 1,
  unknown: 2,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  already_exists: 6,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  aborted: 10,
  out_of_range: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  data_loss: 15,
  unauthenticated: 16,
} as const;
export type RpcCode = keyof typeof RPC_CODES;

/** Whether the method ran on the instance that was called. Only a `no` may be tried again whatever it does. */
export type Executed = 'no' | 'maybe' | 'yes';

/** What kept a call from its answer, finer than the code; it is what `RetryableErrors` names. */
export type FailureReason =
  | 'timeout'
  | 'connection_refused'
  | 'connection_reset'
  | 'service_unavailable'
  | 'draining'
  | 'overloaded'
  | 'protocol'
  | 'cancelled'
  | 'application';

const KINDS: Readonly<Record<RpcCode, ErrorKind>> = {
  cancelled: 'unavailable',
  unknown: 'internal',
  invalid_argument: 'invalid',
  deadline_exceeded: 'timeout',
  not_found: 'not_found',
  already_exists: 'conflict',
  permission_denied: 'forbidden',
  resource_exhausted: 'unavailable',
  failed_precondition: 'conflict',
  aborted: 'conflict',
  out_of_range: 'invalid',
  unimplemented: 'invalid',
  internal: 'internal',
  unavailable: 'unavailable',
  data_loss: 'internal',
  unauthenticated: 'forbidden',
};

interface RpcErrorOptions {
  readonly reason?: FailureReason;
  readonly executed?: Executed;
  readonly cause?: unknown;
  /** The server asks to be left alone for so long; Infinity: that the call is not tried again at all. */
  readonly retryAfterMs?: number;
  readonly details?: AppError['details'];
}

/** How a call fails: by its code, never by its text, a caller decides what to do. */
export class RpcError extends AppError {
  readonly code: RpcCode;
  readonly reason: FailureReason;
  readonly executed: Executed;
  readonly retryAfterMs: number | null;

  constructor(code: RpcCode, message: string, options: RpcErrorOptions = {}) {
    const { reason = 'application', executed = 'yes', cause, retryAfterMs = null } = options;
    super(KINDS[code], message, { cause, details: { ...options.details, code, reason, executed } });
    this.code = code;
    this.reason = reason;
    this.executed = executed;
    this.retryAfterMs = retryAfterMs;
  }
}
