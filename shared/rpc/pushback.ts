/** On every wire a number below 0 says what it says in gRPC: do not come again. */
const NEVER = -1;

/** `retryAfterMs` of a failure as it is sent. */
export function sentPushback(retryAfterMs: number): number {
  return Number.isFinite(retryAfterMs) ? Math.ceil(retryAfterMs) : NEVER;
}

/** What was sent, as `retryAfterMs`; Infinity: the call is not to be tried again. */
export function readPushback(ms: number): number {
  return ms < 0 ? Infinity : ms;
}
