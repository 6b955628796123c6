import { AppError } from '../../shared/kernel/errors.ts';
import {
  type CheckpointCommit,
  type CheckpointStore,
  type Checkpoints,
  type KeptDeadLetter,
} from '../../shared/stores/checkpoint-store.ts';
import type { Held } from '../../shared/stores/partitions/partition-store.ts';
import { Commits } from '../runner/commits.ts';
import { noTotals, type RunnerTotals } from '../runner/counters.ts';
import type { Lane } from '../runner/lane.ts';
import { openLanes } from '../runner/open-lanes.ts';
import { openStages, withShownNames } from '../runner/open-stages.ts';
import type { NamedSender, Pipeline } from '../runner/pipeline.ts';
import type { RunnerDeps } from '../runner/runner.ts';
import type { Replayed } from '../runner/running.ts';
import type { LetterClaims } from './letter-claims.ts';

interface ReplayDeps {
  readonly key: string;
  readonly epoch: string;
  readonly pipeline: Pipeline;
  readonly runner: Omit<RunnerDeps, 'pipeline' | 'checkpoints'>;
  readonly claims: LetterClaims;
  /** This agent's own, where the letters are. */
  readonly checkpoints: Pick<CheckpointStore, 'commit' | 'dropDeadLetters'>;
  /** Of the runner, with these. */
  readonly totalsWith: (own: RunnerTotals) => RunnerTotals;
  readonly giveUp: AbortSignal;
}

/**
 * Sends dead letters of shared work again, as a runner that does not share it would, but each of
 * them once, whichever agents have copies of it.
 */
export class LetterReplay {
  readonly totals = noTotals();
  readonly #deps: ReplayDeps;
  /** Of the letter that is being sent, as long as it is not known to be. */
  #claim: Held | null = null;

  constructor(deps: ReplayDeps) {
    this.#deps = deps;
  }

  /** @throws AppError as `Running.replay` does. */
  async replay(
    letters: readonly KeptDeadLetter[],
    opened: readonly NamedSender[],
  ): Promise<Replayed> {
    const senders = withShownNames(opened, this.#deps.runner.redact);
    const { process, transforms } = openStages(senders, {
      ...this.#deps.runner,
      pipeline: this.#deps.pipeline,
    });
    const lanes = this.#lanes(senders, process);
    try {
      let sent = 0;
      for (const letter of letters) if (await this.#isSent(letter, lanes)) sent += 1;
      return { sent, failed: letters.length - sent };
    } finally {
      for (const { transform } of transforms) transform.close?.();
      await Promise.allSettled(lanes.map((lane) => lane.close()));
    }
  }

  async #isSent(letter: KeptDeadLetter, lanes: readonly Lane[]): Promise<boolean> {
    const { claims, checkpoints, runner, giveUp } = this.#deps;
    const lane = lanes.find(({ name }) => name === letter.sender);
    if (lane === undefined) {
      throw new AppError('conflict', `there is no sender ${letter.sender} at work`);
    }
    // One of an earlier version is not known to be anybody else's.
    const claim = letter.name === undefined ? null : await claims.take(letter.name);
    if (claim === 'held') return false;
    if (claim === 'sent') {
      await checkpoints.dropDeadLetters(runner.config.name, [letter.id]);
      return true;
    }
    this.#claim = claim;
    try {
      return await lane.replay(letter, giveUp);
    } finally {
      if (this.#claim !== null) await claims.release(this.#claim);
      this.#claim = null;
    }
  }

  #lanes(senders: readonly NamedSender[], process: Parameters<typeof openLanes>[0]['process']) {
    const { key, epoch, runner, pipeline } = this.#deps;
    const { clock, random, config, redact, errors } = runner;
    const commits = new Commits(this.totals, {
      ...{ runner: config.name, clock, random, isSynced: config.durability === 'power' },
      checkpoints: { commit: (change) => this.#commit(change), seal: async () => undefined },
      onTrouble: (reason) => errors?.read(reason, clock.now()),
    });
    return openLanes(
      {
        ...{ saved: nothingSaved(epoch), senders, commits, process },
        onError: (sender, error) => errors?.send(sender, redact(error.message), clock.now()),
        onLost: (sender, reason, count) => errors?.send(sender, redact(reason), clock.now(), count),
      },
      { ...runner, config: { ...config, name: key }, pipeline, checkpoints: NOTHING_BUFFERED },
    );
  }

  /** The others are told first: whoever dies in between has a letter that was sent. */
  async #commit(change: CheckpointCommit): Promise<void> {
    const { claims, checkpoints, totalsWith } = this.#deps;
    if (this.#claim !== null) await claims.complete(this.#claim);
    this.#claim = null;
    const totals = totalsWith(this.totals);
    await checkpoints.commit({ ...change, totals, areLettersOnce: true });
  }
}

const NOTHING_BUFFERED = { buffered: async () => [], lowestSegment: async () => null };

function nothingSaved(epoch: string): Checkpoints {
  return {
    ...{ epoch, totals: null, lastSeq: 0 },
    ...{ positions: new Map(), seals: new Map(), lanes: new Map() },
  };
}
