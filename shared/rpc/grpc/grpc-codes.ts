import { status } from '@grpc/grpc-js';
import { isCode } from '../failure-words.ts';
import type { RpcCode } from '../rpc-error.ts';

export const STATUSES: Readonly<Record<RpcCode, status>> = {
  cancelled: status.CANCELLED,
  unknown: status.UNKNOWN,
  invalid_argument: status.INVALID_ARGUMENT,
  deadline_exceeded: status.DEADLINE_EXCEEDED,
  not_found: status.NOT_FOUND,
  already_exists: status.ALREADY_EXISTS,
  permission_denied: status.PERMISSION_DENIED,
  resource_exhausted: status.RESOURCE_EXHAUSTED,
  failed_precondition: status.FAILED_PRECONDITION,
  aborted: status.ABORTED,
  out_of_range: status.OUT_OF_RANGE,
  unimplemented: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
  unavailable: status.UNAVAILABLE,
  data_loss: status.DATA_LOSS,
  unauthenticated: status.UNAUTHENTICATED,
};

const CODES: ReadonlyMap<status, RpcCode> = new Map(
  Object.entries(STATUSES).flatMap(([code, number]) => (isCode(code) ? [[number, code]] : [])),
);

/** A number that gRPC does not know is `unknown`, as it asks. */
export function codeOf(number: status): RpcCode {
  return CODES.get(number) ?? 'unknown';
}
