import type { AppError, ErrorKind } from '../kernel/errors.ts';
import { askedStatus, type Envelope, INTERNAL_MESSAGE } from './envelope.ts';

const SUCCESS = { code: 20_000, msg: 'success' };
/** Whoever sends it as `true` is answered with the HTTP status that goes with the code. */
const STATUS_HEADER = 'x-http-status';

const HTTP_STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  unavailable: 503,
  timeout: 503,
  internal: 500,
};
const CODES: Readonly<Record<ErrorKind, number>> = {
  invalid: 40_000,
  forbidden: 40_300,
  not_found: 40_400,
  conflict: 40_000,
  unavailable: 50_000,
  timeout: 50_000,
  internal: 50_000,
};

/**
 * `{"code":20000,"msg":"success","data":...}`, or `{"code":40400,"msg":"...","data":null}`: the API
 * of the registry and of authentication. `details.data` of an error is shown as `data`.
 *
 * The HTTP status is always 200, as the original has it, unless `hasStatus` (or the caller, by the
 * header `X-Http-Status: true`) wants the one that goes with the code.
 */
export function registryEnvelope({ hasStatus }: { readonly hasStatus: boolean }): Envelope {
  return {
    success: (data) => (data === undefined ? SUCCESS : { ...SUCCESS, data }),

    failure: (error, _route, headers = {}) => {
      const { kind, message, details } = error;
      const status = askedStatus(error) ?? HTTP_STATUS[kind];
      return {
        status: hasStatus || headers[STATUS_HEADER] === 'true' ? status : 200,
        body: {
          code: codeOf(error),
          // The message of an unforeseen error may hold anything, so it stays in the log.
          msg: kind === 'internal' ? INTERNAL_MESSAGE : message,
          data: details['data'] ?? null,
        },
      };
    },
  };
}

function codeOf(error: AppError): number {
  return askedStatus(error) === 401 ? 40_100 : CODES[error.kind];
}
