import { AppError, messageOf, systemCode } from '../../kernel/errors.ts';
import { type Executed, type FailureReason, type RpcCode, RpcError } from '../rpc-error.ts';

/** Why a connection ended, from which each call on it gets its own error. */
export interface ConnectionEnd {
  readonly code: RpcCode;
  readonly reason: FailureReason;
  readonly message: string;
  readonly cause: unknown;
}

export function callFailure(end: ConnectionEnd, executed: Executed): RpcError {
  const { code, reason, message, cause } = end;
  return new RpcError(code, message, { reason, executed, cause });
}

export function endOf(address: string, wasOpen: boolean, thrown: unknown): ConnectionEnd {
  const why = thrown === null ? 'it was closed' : messageOf(thrown);
  if (thrown instanceof AppError) {
    const message = `what ${address} sends cannot be read: ${why}`;
    return { code: 'unavailable', reason: 'protocol', message, cause: thrown };
  }
  if (wasOpen) {
    const message = `the connection to ${address} broke: ${why}`;
    return { code: 'unavailable', reason: 'connection_reset', message, cause: thrown };
  }
  const message = `no connection to ${address}: ${why}`;
  return { code: 'unavailable', reason: connectReason(thrown), message, cause: thrown };
}

export function connectTimedOut(address: string, timeoutMs: number): ConnectionEnd {
  const message = `no connection to ${address} within ${timeoutMs} ms`;
  return { code: 'unavailable', reason: 'timeout', message, cause: null };
}

export function silent(address: string, silentMs: number): ConnectionEnd {
  const message = `${address} has sent nothing for ${silentMs} ms, though it was asked`;
  return { code: 'unavailable', reason: 'connection_reset', message, cause: null };
}

export function closedHere(address: string): ConnectionEnd {
  const message = `the channel to ${address} was closed`;
  return { code: 'cancelled', reason: 'cancelled', message, cause: null };
}

function connectReason(thrown: unknown): FailureReason {
  const code = systemCode(thrown);
  if (code === 'ECONNREFUSED') return 'connection_refused';
  if (code === 'ECONNRESET') return 'connection_reset';
  return code === 'ETIMEDOUT' ? 'timeout' : 'service_unavailable';
}
