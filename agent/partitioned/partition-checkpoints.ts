import { z } from 'zod';
import { AppError } from '../../shared/kernel/errors.ts';
import type {
  CheckpointCommit,
  Checkpoints,
  DeadLetter,
  Seal,
} from '../../shared/stores/checkpoint-store.ts';
import { headSeal } from '../../shared/stores/checkpoint-store.ts';
import type { BatchLimits } from '../plugins/plugin.ts';
import type { RunnerCheckpoints } from '../runner/runner.ts';

const Limits = z.object({
  lines: z.int().nonnegative(),
  bytes: z.int().positive(),
  lineBytes: z.int().nonnegative(),
});

/** What is kept with a partition, for whoever reads it next. */
const Kept = z.object({
  /** When its first attempt began, epoch ms: dates in the paths of files are those of then. */
  atMs: z.number(),
  /** By which its batches are cut: from the same position the same way, whoever does it. */
  limits: Limits,
  positions: z.array(z.tuple([z.string(), z.unknown()])),
  seals: z.array(
    z.object({
      source: z.string(),
      generation: z.number(),
      start: z.number(),
      end: z.number(),
    }),
  ),
});
type Kept = z.infer<typeof Kept>;

interface CheckpointDeps {
  /** Keeps them with this agent. */
  readonly keepLetters: (letters: readonly DeadLetter[]) => Promise<void>;
  readonly epoch: string;
  /** As the partition has it, or null. */
  readonly checkpoint: unknown;
  readonly save: (checkpoint: unknown) => Promise<void>;
  readonly nowMs: number;
  readonly limits: BatchLimits;
  /** Each attempt begins at the partition's beginning: what it writes is its own. */
  readonly isAnew: boolean;
}

/**
 * The checkpoints of one attempt at a partition: they lie with the partition, so that whichever
 * agent reads it next goes on there, and sends a batch that was on its way as the very same batch.
 */
export class PartitionCheckpoints implements RunnerCheckpoints {
  readonly limits: BatchLimits;
  readonly atMs: number;
  readonly #deps: CheckpointDeps;
  readonly #positions: Map<string, unknown>;
  readonly #seals: Map<string, Seal>;
  /** By a commit that may be tried again. */
  #keptLetters: CheckpointCommit['deadLetters'];
  #isSaved: boolean;

  /** @throws AppError `conflict` for a checkpoint of another version. */
  constructor(deps: CheckpointDeps) {
    this.#deps = deps;
    const { lines, bytes, lineBytes } = deps.limits;
    const fresh = {
      atMs: deps.nowMs,
      limits: { lines, bytes, lineBytes },
      positions: [],
      seals: [],
    };
    const kept: Kept = deps.checkpoint === null ? fresh : keptOf(deps.checkpoint);
    this.limits = { ...kept.limits, lingerMs: 0 };
    this.atMs = kept.atMs;
    this.#positions = new Map(deps.isAnew ? [] : kept.positions);
    this.#seals = new Map(deps.isAnew ? [] : kept.seals.map((seal) => [seal.source, seal]));
    this.#isSaved = deps.checkpoint !== null;
  }

  /** Makes sure that the partition is this agent's still. */
  save(): Promise<void> {
    const { lines, bytes, lineBytes } = this.limits;
    const { isAnew } = this.#deps;
    const kept: Kept = {
      ...{ atMs: this.atMs, limits: { lines, bytes, lineBytes } },
      positions: isAnew ? [] : [...this.#positions],
      seals: isAnew ? [] : [...this.#seals.values()],
    };
    return this.#deps.save(kept);
  }

  async load(): Promise<Checkpoints> {
    return {
      ...{ positions: new Map(this.#positions), totals: null, epoch: this.#deps.epoch },
      seals: new Map([...this.#seals.values()].map((seal) => [headSeal(seal.source), seal])),
      ...{ lanes: new Map(), lastSeq: 0 },
    };
  }

  async commit({ source, forgetSources = [], deadLetters = [] }: CheckpointCommit): Promise<void> {
    // Before the position: after a crash in between there may be two of a letter, and never none.
    if (deadLetters.length > 0 && this.#keptLetters !== deadLetters) {
      await this.#deps.keepLetters(deadLetters);
      this.#keptLetters = deadLetters;
    }
    for (const id of forgetSources) this.#positions.delete(id);
    if (source === undefined) return;
    this.#positions.set(source.id, source.position);
    this.#seals.delete(source.id);
    if (!this.#deps.isAnew) await this.save();
  }

  async seal(
    _runner: string,
    _sender: string,
    { source, generation, start, end }: Seal,
  ): Promise<void> {
    this.#seals.set(source, { source, generation, start, end });
    // Of an attempt that begins anew only how its batches are cut is to be known.
    if (this.#deps.isAnew && this.#isSaved) return;
    await this.save();
    this.#isSaved = true;
  }

  /** Nothing is buffered: senders are waited for. */
  async buffered(): Promise<never[]> {
    return [];
  }

  async lowestSegment(): Promise<null> {
    return null;
  }
}

function keptOf(checkpoint: unknown): Kept {
  const { success, data } = Kept.safeParse(checkpoint);
  if (success) return data;
  throw new AppError(
    'conflict',
    'the checkpoint of the partition is of another version of logkit-fleet, or of another reader',
  );
}
