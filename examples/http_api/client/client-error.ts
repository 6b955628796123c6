/**
 * Why a call has failed, as far as a caller decides differently.
 * `connection_refused`: no server runs there. `unreachable`: it could not be asked for another
 * reason. `timeout`: it was asked, and may have done it. `not_json`: something else answers there.
 * `rejected`: it said no, and why.
 */
export type FailureKind =
  | 'connection_refused'
  | 'unreachable'
  | 'timeout'
  | 'not_json'
  | 'rejected';

/** Of servers that will be well again, or of what stands before them. */
const PASSING_STATUSES: readonly number[] = [502, 503, 504];

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly kind: FailureKind;
  /** Null: there was no answer. */
  readonly status: number | null;

  constructor(
    kind: FailureKind,
    message: string,
    { status = null, cause }: { readonly status?: number | null; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.kind = kind;
    this.status = status;
  }

  /** Whether the same call may do better a little later. */
  get isPassing(): boolean {
    if (this.status !== null) return PASSING_STATUSES.includes(this.status);
    return this.kind !== 'not_json' && this.kind !== 'rejected';
  }
}

/** What `fetch` throws, in the words of this client. */
export function connectionError(url: string, cause: unknown, timeoutMs: number): ClientError {
  if (cause instanceof DOMException && cause.name === 'TimeoutError') {
    return new ClientError('timeout', `${url} gave no answer within ${timeoutMs} ms`, { cause });
  }
  const reason = cause instanceof Error ? (cause.cause ?? cause) : cause;
  if (codeOf(reason) === 'ECONNREFUSED') {
    return new ClientError('connection_refused', `no server runs at ${url}`, { cause });
  }
  const why = reason instanceof Error ? reason.message : String(reason);
  return new ClientError('unreachable', `${url} cannot be asked: ${why}`, { cause });
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
