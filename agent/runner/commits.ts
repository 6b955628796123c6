import type { Clock } from '../../shared/kernel/clock.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { doubling, retryDelayMs } from '../../shared/resilience/retry-schedule.ts';
import type {
  CheckpointCommit,
  CheckpointStore,
  Seal,
} from '../../shared/stores/checkpoint-store.ts';
import type { Acceptance } from '../sink/acceptance.ts';
import type { RunnerTotals } from './counters.ts';
import { undoAll } from './delivery.ts';

const RETRY = doubling(500, 30_000);

interface CommitsDeps {
  readonly runner: string;
  readonly checkpoints: Pick<CheckpointStore, 'commit' | 'seal'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly isSynced: boolean;
  /** Told when the disk refuses. */
  readonly onTrouble: (reason: string) => void;
}

/** What was accepted, and what is to be kept of it. */
export interface Settlement {
  readonly change: Omit<CheckpointCommit, 'runner' | 'totals' | 'sinks' | 'isSynced'>;
  readonly accepted: readonly Acceptance[];
  /** Counts it in the totals that are kept with it. */
  readonly count: (totals: RunnerTotals) => void;
}

/**
 * The commits of one runner, one after another, each with the counters as they are by then. A disk
 * that refuses is waited for.
 */
export class Commits {
  readonly totals: RunnerTotals;
  readonly #deps: CommitsDeps;
  #last: Promise<unknown> = Promise.resolve();

  constructor(totals: RunnerTotals, deps: CommitsDeps) {
    this.totals = totals;
    this.#deps = deps;
  }

  /**
   * Resolves true once it is kept and the sinks were told so; false when `signal` aborted first:
   * the sinks have taken it back.
   */
  make(settlement: Settlement, signal: AbortSignal): Promise<boolean> {
    const made = this.#last.then(() => this.#make(settlement, signal));
    this.#last = made.catch(() => undefined);
    return made;
  }

  /** Keeps what is about to be sent; false when `signal` aborted first. */
  async seal(sender: string, seal: Seal, signal: AbortSignal): Promise<boolean> {
    const { runner, checkpoints } = this.#deps;
    return this.#untilKept(() => checkpoints.seal(runner, sender, seal), signal);
  }

  async #make({ change, accepted, count }: Settlement, signal: AbortSignal): Promise<boolean> {
    const { runner, checkpoints, isSynced } = this.#deps;
    count(this.totals);
    const sinks = accepted.flatMap(({ positions }) => positions);
    const commit = { ...change, runner, sinks, totals: this.totals, isSynced };
    if (await this.#untilKept(() => checkpoints.commit(commit), signal)) {
      for (const acceptance of accepted) acceptance.committed();
      return true;
    }
    await undoAll(accepted);
    return false;
  }

  async #untilKept(keep: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    const { clock, random, onTrouble } = this.#deps;
    for (let failures = 1; ; failures += 1) {
      try {
        await keep();
        return true;
      } catch (thrown) {
        onTrouble(`cannot keep the checkpoint: ${messageOf(thrown)}`);
      }
      if (signal.aborted) return false;
      await clock.sleep(retryDelayMs(RETRY, failures, random), signal);
    }
  }
}
