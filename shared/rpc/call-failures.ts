import { type Executed, RpcError } from './rpc-error.ts';

/** How calls fail without an answer; `executed` is `no` only where that is certain. */
export function timedOut(address: string, executed: Executed): RpcError {
  const message = `no answer from ${address} in time`;
  return new RpcError('deadline_exceeded', message, { reason: 'timeout', executed });
}

export function givenUp(address: string, executed: Executed): RpcError {
  const message = `the call to ${address} was given up by its caller`;
  return new RpcError('cancelled', message, { reason: 'cancelled', executed });
}

export function closedByOwner(address: string, executed: Executed): RpcError {
  const message = `the channel to ${address} was closed`;
  return new RpcError('cancelled', message, { reason: 'cancelled', executed });
}

export function overloaded(address: string, what: string): RpcError {
  const message = `too much is on its way to ${address}: ${what}`;
  return new RpcError('resource_exhausted', message, { reason: 'overloaded', executed: 'no' });
}

export function requestTooLarge(what: string, bytes: number, bytesMax: number): RpcError {
  const message = `the ${what} of the request has ${bytes} bytes; ${bytesMax} are allowed`;
  return new RpcError('resource_exhausted', message, { reason: 'protocol', executed: 'no' });
}

export function answerTooLarge(address: string, bytes: number): RpcError {
  const message = `the answer of ${address} has ${bytes} bytes, which is more than is allowed`;
  return new RpcError('resource_exhausted', message, { reason: 'protocol', executed: 'yes' });
}

export function unreadableAnswer(address: string, why: string): RpcError {
  const message = `the answer of ${address} cannot be read: ${why}`;
  return new RpcError('internal', message, { reason: 'protocol', executed: 'yes' });
}

export function draining(address: string): RpcError {
  const message = `${address} is draining`;
  return new RpcError('unavailable', message, { reason: 'draining', executed: 'no' });
}
