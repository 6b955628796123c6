import { status as grpc } from '@grpc/grpc-js';
import { AppError, type ErrorKind } from '../../kernel/errors.ts';

/** What the client says of a question that it could not send: it has not happened. */
const UNSENT = /no connection established|ECONNREFUSED/i;
const FULL = /space exceeded/;
/** What etcd says of what it has not looked at: it has not happened. */
const UNTOUCHED = /no leader|too many requests|not capable|learner/;
const TOO_LARGE = /request is too large|larger than max/;
const LOGIN = /auth token|auth store|user name is empty/;

/** What a caller decides by; in `details.etcd`. */
type EtcdCode = 'compacted' | 'no_lease' | 'login' | 'too_large';

const KINDS: Readonly<Record<EtcdCode, ErrorKind>> = {
  compacted: 'unavailable',
  no_lease: 'unavailable',
  login: 'forbidden',
  too_large: 'invalid',
};

interface EtcdRefusal {
  /** Of gRPC. */
  readonly status: grpc;
  readonly message: string;
}

/** An answer that is no success, as an error. */
export function etcdError({ status, message }: EtcdRefusal, url: string): AppError {
  const isUnsent = UNSENT.test(message);
  const said = isUnsent
    ? `cannot reach etcd at ${url}: ${message}`
    : `etcd at ${url} says: ${message}`;
  const code = codeOf(status, message);
  if (code !== null) {
    return new AppError(KINDS[code], said, { details: { etcd: code } });
  }
  if (status === grpc.RESOURCE_EXHAUSTED && FULL.test(message)) {
    return new AppError(
      'unavailable',
      `${said}. It takes no more writes until it is compacted and defragmented and its alarm is disarmed (etcdctl compact, defrag, alarm disarm), or its --quota-backend-bytes is raised`,
    );
  }
  const isUntouched = isUnsent || UNTOUCHED.test(message);
  const reached = !(status === grpc.UNAVAILABLE && isUntouched);
  return new AppError(kindOf(status, message), said, { details: { reached } });
}

export function hasEtcdCode(thrown: unknown, code: EtcdCode): boolean {
  return thrown instanceof AppError && thrown.details['etcd'] === code;
}

function codeOf(status: grpc, message: string): EtcdCode | null {
  if (status === grpc.OUT_OF_RANGE && message.includes('compacted')) return 'compacted';
  if (status === grpc.NOT_FOUND && message.includes('lease')) return 'no_lease';
  if (TOO_LARGE.test(message)) return 'too_large';
  if (status === grpc.UNAUTHENTICATED) return 'login';
  return status === grpc.INVALID_ARGUMENT && LOGIN.test(message) ? 'login' : null;
}

function kindOf(status: grpc, message: string): ErrorKind {
  if (status === grpc.PERMISSION_DENIED || message.includes('authentication failed'))
    return 'forbidden';
  if (status === grpc.INVALID_ARGUMENT || status === grpc.FAILED_PRECONDITION) return 'invalid';
  if (status === grpc.UNAVAILABLE && message.includes('timed out')) return 'timeout';
  return 'unavailable';
}
