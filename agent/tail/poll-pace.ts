/** How often a file that has nothing new is looked at. */
export const POLL_MS = 250;
/**
 * One that has had nothing new for so long is looked at less often by itself: a thousand files at
 * rest must cost nothing. Each look at the wanted paths tells when it has changed.
 */
const QUIET_MS = 5_000;
const QUIET_POLL_MS = 2_000;

interface Rest {
  /** Its path names it, and all of it is read. */
  readonly isAtRest: boolean;
  /** Since the last batch of it. */
  readonly silentMs: number;
}

/** How long until it is looked at again. */
export function pollMs({ isAtRest, silentMs }: Rest): number {
  return isAtRest && silentMs > QUIET_MS ? QUIET_POLL_MS : POLL_MS;
}
