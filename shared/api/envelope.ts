import type { AppError, ErrorKind } from '../kernel/errors.ts';
import { LOGKIT_CODES } from './codes.ts';

/** The route that failed, as far as its answer shows it. */
export interface FailedRoute {
  readonly method: string;
  /** The route's own code for every failure. */
  readonly failure: string;
}

export interface FailureAnswer {
  readonly status: number;
  readonly body: object;
}

/**
 * How one API wraps what its routes return or throw. A success always has the HTTP status 200; a
 * failure may have it, too, and be told by its body alone.
 */
export interface Envelope {
  /** The object to write; `data` undefined means that there is none. */
  success(data: unknown): object;
  failure(error: AppError, route: FailedRoute, headers?: RequestHeaders): FailureAnswer;
}

/** By their names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export const INTERNAL_MESSAGE = 'internal error';

/** The original answers 400 for whatever the caller could have known better, 503 for the rest. */
const HTTP_STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  not_found: 400,
  conflict: 400,
  forbidden: 400,
  unavailable: 503,
  timeout: 503,
  internal: 500,
};

const CALLER_KINDS: ReadonlySet<ErrorKind> = new Set([
  'invalid',
  'not_found',
  'conflict',
  'forbidden',
]);

/**
 * `{"code":"L200","data":...}`, or `{"code":"L2004","message":"..."}`.
 *
 * A failed GET shows its text as `message`, as the original does, and as `error`, as the original's
 * documentation says. `details.data` of the error is shown as `data`; `details.status` (4xx, only
 * with a kind that blames the caller) replaces the status.
 */
export const logkitEnvelope: Envelope = {
  success: (data) =>
    data === undefined ? { code: LOGKIT_CODES.success } : { code: LOGKIT_CODES.success, data },

  failure: (error, { method, failure }) => {
    // The message of an unforeseen error may hold anything, so it stays in the log.
    const message = error.kind === 'internal' ? INTERNAL_MESSAGE : error.message;
    return {
      status: statusOf(error),
      body: {
        code: failure,
        message,
        ...(method === 'GET' && { error: message }),
        ...('data' in error.details && { data: error.details['data'] }),
      },
    };
  },
};

function statusOf(error: AppError): number {
  return askedStatus(error) ?? HTTP_STATUS[error.kind];
}

/** The `details.status` of an error that blames the caller. */
export function askedStatus({ kind, details }: AppError): number | null {
  const status = details['status'];
  const isOverride =
    CALLER_KINDS.has(kind) && typeof status === 'number' && status >= 400 && status < 500;
  return isOverride ? status : null;
}
