import type { Clock } from '../../shared/kernel/clock.ts';
import { type AppError, toAppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { type Backoff, backoffMs } from '../../shared/resilience/backoff.ts';
import type { Records } from '../plugins/plugin.ts';
import type { Acceptance } from '../sink/acceptance.ts';
import type { NamedSender } from './pipeline.ts';

/** A sink that cannot now: soon again. */
const RETRY: Backoff = { firstMs: 200, maxMs: 30_000 };
/** A sink that refuses the batch itself: again, but seldom; nothing is dropped. */
const RETRY_REFUSED: Backoff = { firstMs: 5_000, maxMs: 60_000 };

interface DeliveryDeps {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onError: (sender: NamedSender, error: AppError) => void;
}

/**
 * Hands a batch to every sender, each retried on its own until it accepts. When `signal` aborts
 * first, those that had accepted take the batch back where they can, and null is returned: the
 * batch is not delivered and will be read again.
 */
export async function deliver(
  records: Records,
  senders: readonly NamedSender[],
  signal: AbortSignal,
  deps: DeliveryDeps,
): Promise<readonly Acceptance[] | null> {
  const outcomes = await Promise.all(
    senders.map((sender) => sendUntilAccepted(records, sender, signal, deps)),
  );
  const accepted = outcomes.filter((outcome) => outcome !== null);
  if (accepted.length === senders.length) return accepted;

  await undoAll(accepted);
  return null;
}

/** Takes a batch back from every sink; one that cannot does not keep the others from it. */
export async function undoAll(acceptances: readonly Acceptance[]): Promise<void> {
  await Promise.allSettled(acceptances.map((acceptance) => acceptance.undo()));
}

async function sendUntilAccepted(
  records: Records,
  named: NamedSender,
  signal: AbortSignal,
  { clock, random, onError }: DeliveryDeps,
): Promise<Acceptance | null> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      return await named.sender.send(records, signal);
    } catch (thrown) {
      if (signal.aborted) return null;
      const error = toAppError(thrown);
      onError(named, error);
      const isTransient = error.kind === 'unavailable' || error.kind === 'timeout';
      await clock.sleep(backoffMs(isTransient ? RETRY : RETRY_REFUSED, failures, random), signal);
    }
  }
  return null;
}
