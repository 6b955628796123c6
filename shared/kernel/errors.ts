/**
 * What went wrong, in words the whole project shares.
 * The edges translate a kind into an HTTP status, a retry decision or a metric label;
 * nothing below the edges knows those translations exist.
 *
 * `invalid`: the caller must change what it sent. `not_found`, `conflict`: the state is not what
 * the caller thinks. `forbidden`: a local policy or missing credentials say no. `unavailable`: try
 * again later. `timeout`: like unavailable, but what was asked may have happened all the same.
 */
export type ErrorKind =
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'forbidden'
  | 'unavailable'
  | 'timeout'
  | 'internal';

interface AppErrorOptions {
  readonly cause?: unknown;
  /** Machine-readable context; it is logged and may be shown to the client, so no secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly kind: ErrorKind;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(kind: ErrorKind, message: string, { cause, details = {} }: AppErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.details = details;
  }
}

/** Makes any thrown value an AppError, keeping the original as `cause`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError('internal', messageOf(thrown), { cause: thrown });
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a Node system error (`ENOENT`, `EADDRINUSE` ...), or undefined. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
