import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { isReason, pushbackOnWire, reasonOf } from '../failure-words.ts';
import { type Executed, type FailureReason, type RpcCode, RpcError } from '../rpc-error.ts';
import type { DispatchResult } from '../transport.ts';
import { codeOf, STATUSES } from './grpc-codes.ts';
import { TRAILERS, textOf } from './grpc-metadata.ts';

type Failure = Extract<DispatchResult, { ok: false }>;

/** How a call ended, as its own end of it saw that. */
export interface GrpcEnd {
  readonly status: StatusObject;
  /** An answer had begun. */
  readonly isAnswered: boolean;
  /** The call had been given to a connection. */
  readonly isSent: boolean;
  /** It was this end that cancelled it. */
  readonly isGivenUp: boolean;
}

/** Headers are bounded, and so is what goes into them. */
const MESSAGE_CHARS_MAX = 2_048;

/**
 * Of a stream that was closed without a status, as those of a server are that has said that it goes
 * away, and goes before they end: HTTP/2's code comes in the text alone.
 */
const CLOSED = 'RST_STREAM with code 0';

/** Codes that only methods give: neither libraries nor what stands between them do. */
const OF_METHODS: ReadonlySet<RpcCode> = new Set<RpcCode>([
  ...(['invalid_argument', 'not_found', 'already_exists', 'failed_precondition'] as const),
  ...(['aborted', 'out_of_range', 'data_loss'] as const),
]);

/** How a failure goes over the wire. */
export function failureStatus(failure: Failure): StatusObject {
  const { code, message, executed, reason, retryAfterMs } = failure;
  const metadata = new Metadata();
  metadata.set(TRAILERS.executed, executed ? 'yes' : 'no');
  if (reason !== undefined) metadata.set(TRAILERS.reason, reason);
  if (retryAfterMs !== undefined) {
    metadata.set(TRAILERS.retryAfterMs, String(pushbackOnWire(retryAfterMs)));
  }
  // Half a surrogate pair cannot be sent.
  const details = message.slice(0, MESSAGE_CHARS_MAX).toWellFormed();
  return { code: STATUSES[code], details, metadata };
}

export function failureOf(address: string, end: GrpcEnd): RpcError {
  const { status } = end;
  const code = isClosed(status) ? 'unavailable' : codeOf(status.code);
  const { executed, reason } = outcomeOf(code, end);
  const retryAfterMs = pushbackMs(status.metadata);
  return new RpcError(code, status.details === '' ? `${address} says ${code}` : status.details, {
    executed,
    reason,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  });
}

interface Outcome {
  readonly executed: Executed;
  readonly reason: FailureReason;
}

function outcomeOf(code: RpcCode, end: GrpcEnd): Outcome {
  const { metadata, details } = end.status;
  const said = textOf(metadata, TRAILERS.executed);
  if (said === 'yes' || said === 'no') {
    const reason = textOf(metadata, TRAILERS.reason);
    return { executed: said, reason: isReason(reason) ? reason : reasonOf(code, said) };
  }
  if (!end.isSent) return { executed: 'no', reason: unsentReason(code, details) };
  if (OF_METHODS.has(code)) return { executed: 'yes', reason: 'application' };
  if (code === 'unimplemented') return { executed: 'no', reason: 'protocol' };
  if (isFromServer(end.status)) return { executed: 'maybe', reason: serverReason(code) };
  return { executed: mayHaveRun(code, end.isAnswered), reason: brokenReason(code, end) };
}

/** What a server sends has at least a content type with it. */
function isFromServer({ metadata }: StatusObject): boolean {
  return Object.keys(metadata.getMap()).length > 0;
}

function isClosed(status: StatusObject): boolean {
  return !isFromServer(status) && status.details.includes(CLOSED);
}

/** An answer that is too long is one. */
function mayHaveRun(code: RpcCode, isAnswered: boolean): Executed {
  return code === 'resource_exhausted' && isAnswered ? 'yes' : 'maybe';
}

/** That of a server which does not say more than gRPC asks it to. */
function serverReason(code: RpcCode): FailureReason {
  // Nobody here has given it up: gRPC's core turns calls away so while it shuts down.
  if (code === 'cancelled') return 'service_unavailable';
  return code === 'resource_exhausted' ? 'overloaded' : reasonOf(code, 'maybe');
}

function brokenReason(code: RpcCode, { isAnswered, isGivenUp }: GrpcEnd): FailureReason {
  if (code === 'unavailable') return 'connection_reset';
  if (code === 'deadline_exceeded') return 'timeout';
  if (code === 'cancelled') return isGivenUp ? 'cancelled' : 'connection_reset';
  // So it looks when a peer says an error of HTTP/2 and cuts the connection.
  return code === 'internal' && !isAnswered ? 'connection_reset' : 'protocol';
}

/** Why no connection came about is known from the system's code, which comes in the text alone. */
function unsentReason(code: RpcCode, details: string): FailureReason {
  return details.includes('ECONNREFUSED') ? 'connection_refused' : reasonOf(code, 'no');
}

/** By gRPC, anything that is no number of milliseconds asks never to come again. */
function pushbackMs(trailers: Metadata): number | null {
  const text = textOf(trailers, TRAILERS.retryAfterMs);
  if (text === undefined) return null;
  return /^\d{1,10}$/.test(text) ? Number(text) : Infinity;
}
