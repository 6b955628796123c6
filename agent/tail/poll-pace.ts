/** How often a file that has nothing new is looked at. */
export const POLL_MS = 250;
/**
 * One that has had nothing new for so long is at rest: a thousand of them must cost nothing. The
 * looks at all wanted paths together, which are cheap, tell when one of them has changed.
 */
const QUIET_MS = 5_000;
/** A file at rest is looked at by itself, too, for what its path cannot tell of it. */
const QUIET_POLL_MS = 20_000;
/** The same where the wanted paths are looked at seldom, as somebody has wished. */
const QUIET_POLL_ALONE_MS = 2_000;

interface Rest {
  /** Its path names it, and all of it is read. */
  readonly isAtRest: boolean;
  /** Since the last batch of it. */
  readonly silentMs: number;
}

/** How long until a file is looked at again. */
export type PollPace = (rest: Rest) => number;

/** The pace where all wanted paths are looked at every `statIntervalMs`. */
export function pollPace(statIntervalMs: number): PollPace {
  const quietMs = statIntervalMs <= QUIET_POLL_ALONE_MS ? QUIET_POLL_MS : QUIET_POLL_ALONE_MS;
  return ({ isAtRest, silentMs }) => (isAtRest && silentMs > QUIET_MS ? quietMs : POLL_MS);
}
