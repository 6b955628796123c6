import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, toAppError } from '../../shared/kernel/errors.ts';
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

type Attempt = () => Promise<readonly Acceptance[]>;

/** Tells which sender an attempt failed at. */
class SendFailure extends Error {
  readonly sender: NamedSender;
  readonly reason: AppError;

  constructor(sender: NamedSender, thrown: unknown) {
    super(sender.name, { cause: thrown });
    this.sender = sender;
    this.reason = toAppError(thrown);
  }
}

/**
 * Hands a batch to every sender and retries until all have accepted: first the remote ones, side by
 * side, each on its own; then those that hold files, all of them or none, so that no file is held
 * while another is waited for and two runners cannot wait for each other. When `signal` aborts
 * first, what had accepted takes the batch back where it can, and null is returned: the batch is
 * not delivered and will be read again.
 */
export async function deliver(
  records: Records,
  senders: readonly NamedSender[],
  signal: AbortSignal,
  deps: DeliveryDeps,
): Promise<readonly Acceptance[] | null> {
  const local = senders.filter(({ sender }) => sender.holdsFiles === true);
  const remote = senders.filter(({ sender }) => sender.holdsFiles !== true);

  const outcomes = await Promise.all(
    remote.map((sender) => untilAccepted(() => sendAll(records, [sender], signal), signal, deps)),
  );
  const accepted = outcomes.flatMap((outcome) => outcome ?? []);
  const appended = outcomes.includes(null)
    ? null
    : await untilAccepted(() => sendAll(records, local, signal), signal, deps);
  if (appended !== null) return [...accepted, ...appended];

  await undoAll(accepted);
  return null;
}

/** Takes a batch back from every sink; one that cannot does not keep the others from it. */
export async function undoAll(acceptances: readonly Acceptance[]): Promise<void> {
  await Promise.allSettled(acceptances.map((acceptance) => acceptance.undo()));
}

/** One after another; when one fails, those before it take the batch back. */
async function sendAll(
  records: Records,
  senders: readonly NamedSender[],
  signal: AbortSignal,
): Promise<readonly Acceptance[]> {
  const accepted: Acceptance[] = [];
  for (const named of senders) {
    try {
      accepted.push(await unlessGivenUp(named.sender.send(records, signal), signal));
    } catch (thrown) {
      await undoAll(accepted);
      throw new SendFailure(named, thrown);
    }
  }
  return accepted;
}

/**
 * A sink that does not listen to `signal`, such as a disk that hangs, is not waited for any longer:
 * what it accepts too late it takes back.
 */
async function unlessGivenUp(
  sending: Promise<Acceptance>,
  signal: AbortSignal,
): Promise<Acceptance> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new AppError('unavailable', 'given up'));
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([sending, givenUp]);
  } catch (thrown) {
    void sending.then((late) => late.undo()).catch(() => undefined);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function untilAccepted(
  attempt: Attempt,
  signal: AbortSignal,
  { clock, random, onError }: DeliveryDeps,
): Promise<readonly Acceptance[] | null> {
  const hasGivenUp = (): boolean => signal.aborted;
  for (let failures = 1; !hasGivenUp(); failures += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      if (hasGivenUp()) return null;
      if (!(thrown instanceof SendFailure)) throw thrown;
      const { sender, reason } = thrown;
      onError(sender, reason);
      const isTransient = reason.kind === 'unavailable' || reason.kind === 'timeout';
      await clock.sleep(backoffMs(isTransient ? RETRY : RETRY_REFUSED, failures, random), signal);
    }
  }
  return null;
}
