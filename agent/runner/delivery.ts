import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, toAppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { doubling, retryDelayMs } from '../../shared/resilience/retry-schedule.ts';
import type { Acceptance } from '../sink/acceptance.ts';
import type { Attempts, Delivered } from './attempt.ts';

/** A sink that cannot now: soon again. */
const RETRY = doubling(200, 30_000);
/** A sink that refuses the batch itself: again, but seldom; nothing is dropped. */
const RETRY_REFUSED = doubling(5_000, 60_000);

/** A sink may ask to be left alone for so long; nobody looks at a runner that waits for a day. */
const ASKED_MS_MAX = 600_000;

export interface RetryDeps {
  readonly clock: Clock;
  readonly random: RandomSource;
  /** No further attempt after this; one that is under way goes on until it is given up. */
  readonly quit: AbortSignal;
  /** Whether a record that its sink will not have may become a dead letter. */
  readonly mayRefuse: () => boolean;
  readonly onError: (error: AppError) => void;
}

/**
 * How long to wait after failure number `failures`; longer where the sink has asked for it by
 * `details.retryAfterMs`.
 */
export function retryMs(error: AppError, failures: number, random: RandomSource): number {
  const isTransient = error.kind === 'unavailable' || error.kind === 'timeout';
  const ownMs = retryDelayMs(isTransient ? RETRY : RETRY_REFUSED, failures, random);
  const { retryAfterMs: askedMs } = error.details;
  return typeof askedMs === 'number' ? Math.max(ownMs, Math.min(askedMs, ASKED_MS_MAX)) : ownMs;
}

/** Sends until the sink has accepted; null when `giveUp` aborts first, or no further attempt may be. */
export async function untilDelivered(
  attempts: Attempts,
  giveUp: AbortSignal,
  { clock, random, quit, mayRefuse, onError }: RetryDeps,
): Promise<Delivered | null> {
  const isOver = (): boolean => quit.aborted || giveUp.aborted;
  for (let failures = 1; !isOver(); failures += 1) {
    try {
      return await unlessGivenUp(attempts.send(giveUp, mayRefuse()), giveUp);
    } catch (thrown) {
      if (giveUp.aborted) return null;
      const error = toAppError(thrown);
      onError(error);
      await clock.sleep(retryMs(error, failures, random), quit);
    }
  }
  return null;
}

/** Takes a batch back from every sink; one that cannot does not keep the others from it. */
export async function undoAll(acceptances: readonly Acceptance[]): Promise<void> {
  await Promise.allSettled(acceptances.map((acceptance) => acceptance.undo()));
}

/**
 * A sink that does not listen to `signal`, such as a disk that hangs, is not waited for any longer:
 * what it accepts too late it takes back.
 */
export async function unlessGivenUp(
  sending: Promise<Delivered>,
  signal: AbortSignal,
): Promise<Delivered> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new AppError('timeout', 'no answer, given up'));
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([sending, givenUp]);
  } catch (thrown) {
    void sending.then(({ acceptance }) => acceptance.undo()).catch(() => undefined);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
