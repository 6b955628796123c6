import { AppError, messageOf } from '../kernel/errors.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.ts';

/**
 * One attempt of a call, over HTTP; any status is an answer.
 * @throws RpcError with the words of the client, and its error as the cause.
 */
export async function httpAttempt(http: HttpClient, request: HttpRequest): Promise<HttpResponse> {
  try {
    // What is left of a time has fractions, which timers of the platform refuse.
    return await http.request({ ...request, timeoutMs: Math.ceil(request.timeoutMs) });
  } catch (thrown) {
    throw callError(thrown, request.signal);
  }
}

function callError(cause: unknown, signal: AbortSignal): RpcError {
  // Only a client that says so proves that nothing arrived.
  const isUnsent = cause instanceof AppError && cause.details['reached'] === false;
  const executed = isUnsent ? 'no' : 'maybe';
  const told = { executed, cause } as const;
  const message = messageOf(cause);
  if (signal.aborted) return new RpcError('cancelled', message, { ...told, reason: 'cancelled' });
  const kind = cause instanceof AppError ? cause.kind : null;
  if (kind === 'timeout') {
    return new RpcError('deadline_exceeded', message, { ...told, reason: 'timeout' });
  }
  if (kind === 'unavailable') {
    const reason = isUnsent ? 'connection_refused' : 'connection_reset';
    return new RpcError('unavailable', message, { ...told, reason });
  }
  if (kind === 'invalid')
    return new RpcError('invalid_argument', message, { cause, executed: 'no' });
  return new RpcError('internal', message, told);
}
