import type { FailureReason, RpcCode, RpcError } from '../rpc/rpc-error.ts';
import type { CallEnd } from './breaker.ts';

/** One that answers within milliseconds may be slow for once. */
const FAIR_LEAST_MS = 50;
const FAIR_TIMES = 10;
/** What is fair to an instance of which nothing is known. */
const UNKNOWN_MS = 100;

interface TimeGiven {
  readonly givenMs: number;
  readonly tryTimeoutMs: number;
  /** How long it takes on the whole; null: nobody knows. */
  readonly latencyMs: number | null;
}

/**
 * What a failed call says about the instance that was called. It has answered when the method refused
 * what it was asked; and a caller that left it no time, or went away, has learnt nothing.
 */
export function blameFor(error: RpcError, given: TimeGiven): CallEnd {
  const { reason } = error;
  if (reason === 'timeout') return wasFair(given) ? 'failure' : 'neither';
  return isOfCaller(error) ? 'neither' : BLAME[reason];
}

/**
 * What is too large to be sent or taken, or is no call of the service, would end so everywhere: else
 * one caller that is wrong would keep all others from an instance after the other.
 */
function isOfCaller({ reason, executed, code }: RpcError): boolean {
  return reason === 'protocol' && (executed === 'no' || code === 'resource_exhausted');
}

const BLAME: Readonly<Record<Exclude<FailureReason, 'timeout'>, CallEnd>> = {
  connection_refused: 'failure',
  connection_reset: 'failure',
  service_unavailable: 'failure',
  protocol: 'failure',
  draining: 'neither',
  overloaded: 'neither',
  cancelled: 'neither',
  application: 'success',
};

function wasFair({ givenMs, tryTimeoutMs, latencyMs }: TimeGiven): boolean {
  const usualMs = Math.max(FAIR_LEAST_MS, FAIR_TIMES * (latencyMs ?? UNKNOWN_MS));
  return givenMs >= Math.min(tryTimeoutMs / 2, usualMs);
}

/** Failures of the method's own: they are no reason to isolate anybody, nor to prefer who is quick at them. */
const CRASHES: ReadonlySet<RpcCode> = new Set(['internal', 'unknown', 'data_loss']);

/** Whether the time that it took says how fast the instance works. */
export function isMeasure({ reason, code }: RpcError): boolean {
  return reason === 'application' && !CRASHES.has(code);
}

/** Whether nothing can be learnt from it about how fast that is. */
export function isNoMeasure(error: RpcError): boolean {
  const { reason } = error;
  return reason === 'cancelled' || reason === 'draining' || isOfCaller(error);
}
