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
  /** Dead letters that come with the position, until an agent has them. */
  letters: z
    .array(
      z.object({
        ...{ sender: z.string(), source: z.string(), origin: z.string(), generation: z.number() },
        ...{ start: z.number(), end: z.number(), unit: z.number().nullable() },
        ...{
          record: z.string(),
          reason: z.string(),
          atMs: z.number(),
          name: z.string().optional(),
        },
      }),
    )
    .default([]),
});
type Kept = z.infer<typeof Kept>;

const SAVED_LETTERS_CHARACTERS_MAX = 256 * 1024;

interface CheckpointDeps {
  /** Keeps them with this agent, each once. */
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
  /** What is saved with the partition until it is with this agent. */
  #letters: readonly DeadLetter[];
  /** Of an attempt that begins anew: they are as good as its end. */
  readonly #gathered: DeadLetter[] = [];
  #isSaved: boolean;

  /** @throws AppError `conflict` for a checkpoint of another version. */
  constructor(deps: CheckpointDeps) {
    this.#deps = deps;
    const { lines, bytes, lineBytes } = deps.limits;
    const fresh = {
      atMs: deps.nowMs,
      limits: { lines, bytes, lineBytes },
      ...{ positions: [], seals: [], letters: [] },
    };
    const kept: Kept = deps.checkpoint === null ? fresh : keptOf(deps.checkpoint);
    this.limits = { ...kept.limits, lingerMs: 0 };
    this.atMs = kept.atMs;
    this.#positions = new Map(deps.isAnew ? [] : kept.positions);
    this.#seals = new Map(deps.isAnew ? [] : kept.seals.map((seal) => [seal.source, seal]));
    this.#letters = deps.isAnew ? [] : kept.letters.map(letterOf);
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
      letters: [...this.#letters],
    };
    return this.#deps.save(kept);
  }

  /** The partition was read whole: what its sinks have refused is no other attempt's any more. */
  async keepGathered(): Promise<void> {
    if (this.#gathered.length > 0) await this.#deps.keepLetters(this.#gathered);
  }

  /** Letters that another attempt may not have come to keep are kept here first. */
  async load(): Promise<Checkpoints> {
    await this.#keepLetters();
    return {
      ...{ positions: new Map(this.#positions), totals: null, epoch: this.#deps.epoch },
      seals: new Map([...this.#seals.values()].map((seal) => [headSeal(seal.source), seal])),
      ...{ lanes: new Map(), lastSeq: 0 },
    };
  }

  /**
   * Dead letters are saved with the position, and go to this agent then: a batch that is not committed
   * is read again, and may be refused no more. After a crash two agents may have one, by one name.
   */
  async commit({ source, forgetSources = [], deadLetters = [] }: CheckpointCommit): Promise<void> {
    for (const id of forgetSources) this.#positions.delete(id);
    if (source === undefined) return;
    this.#positions.set(source.id, source.position);
    this.#seals.delete(source.id);
    if (this.#deps.isAnew) {
      this.#gathered.push(...deadLetters);
      return;
    }
    // Stores do not take texts of any size.
    const isLarge = sizeOf(deadLetters) > SAVED_LETTERS_CHARACTERS_MAX;
    if (isLarge) await this.#deps.keepLetters(deadLetters);
    this.#letters = isLarge ? [] : deadLetters;
    await this.save();
    await this.#keepLetters();
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

  async #keepLetters(): Promise<void> {
    if (this.#letters.length > 0) await this.#deps.keepLetters(this.#letters);
    this.#letters = [];
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

function letterOf({ name, ...letter }: Kept['letters'][number]): DeadLetter {
  return { ...letter, ...(name !== undefined && { name }) };
}

function sizeOf(letters: readonly DeadLetter[]): number {
  return letters.reduce((sum, { record, reason }) => sum + record.length + reason.length, 0);
}
