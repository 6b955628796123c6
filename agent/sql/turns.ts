import { Bell } from '../../shared/kernel/bell.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { every } from '../../shared/schedule/cron.ts';

interface TurnsOf {
  /** Times or a duration; empty: none. */
  readonly cron: string;
  /** Between two turns where there is no cron; 0: there is but the first. */
  readonly pollMs: number;
  readonly isAtStart: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Yields whenever it is time to look; ends when the signal aborts. */
export async function* turns({
  cron,
  pollMs,
  isAtStart,
  clock,
  signal,
}: TurnsOf): AsyncGenerator<undefined, undefined> {
  const isOver = (): boolean => signal.aborted;
  if (isAtStart) yield;
  if (cron !== '') return yield* cronTurns(cron, signal);
  while (!isOver()) {
    if (pollMs > 0) {
      await clock.sleep(pollMs, signal);
      if (!isOver()) yield;
    } else {
      await new Bell().heard(signal);
    }
  }
}

/** A time that comes while the turn before is at work is due when that one is over. */
async function* cronTurns(cron: string, signal: AbortSignal): AsyncGenerator<undefined, undefined> {
  const bell = new Bell();
  const end = new AbortController();
  const both = AbortSignal.any([signal, end.signal]);
  const due = { isSo: false };
  const tick = async () => {
    due.isSo = true;
    bell.ring();
  };
  const ticking = every(cron, tick, { signal: both, onError: () => undefined });
  try {
    const isOver = (): boolean => both.aborted;
    while (!isOver()) {
      if (!due.isSo) await bell.heard(both);
      if (isOver()) return;
      due.isSo = false;
      yield;
    }
  } finally {
    end.abort();
    await ticking;
  }
}
