import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PartitionedSource, Reader, SourceBatch } from '../../agent/plugins/plugin.ts';
import { Coordinator } from '../../shared/coordinator/coordinator.ts';
import type { Processor, TaskTools } from '../../shared/coordinator/processor.ts';
import type { Partition } from '../../shared/domain/partition.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { openSqlitePartitionStore } from '../../shared/stores/partitions/sqlite/sqlite-partition-store.ts';
import { LIMITS } from './following.ts';
import { waitFor } from './wait-for.ts';

/** Workers whose intervals are short, and who take a failed attempt for nothing special. */
const OPTIONS = {
  ...{ heartbeat_interval_ms: 1_000, partition_lock_expiry_ms: 10_000 },
  ...{ leader_lock_expiry_ms: 10_000, leader_election_interval_ms: 100 },
  ...{ allocation_interval_ms: 20, claim_interval_ms: 10, tend_interval_ms: 10 },
  ...{ attempts_max: 1_000, retry_first_ms: 1, retry_max_ms: 5 },
  ...{ breaker_consecutive_failures: 100_000, breaker_total_failures: 100_000 },
};

interface Kept {
  readonly positions: readonly (readonly [string, unknown])[];
  readonly seals: readonly (readonly [string, SourceBatch['range']])[];
}

interface Work {
  /** Opened for each worker. */
  readonly source: () => PartitionedSource;
  readonly workers: number;
  /** Tells when an attempt dies. */
  readonly random: RandomSource;
  /** Of every so many batches one is the last of its attempt. */
  readonly killEvery: number;
  /** Lines a batch. */
  readonly lines: number;
  readonly isDone: (all: SharedWork) => boolean;
}

/**
 * Work of a reader that several workers share in a SQLite store. Attempts die at random, some of
 * them when the sink has the batch and the store does not know it yet.
 */
export class SharedWork {
  /** What the sink has, by partition and range. */
  readonly delivered = new Map<string, Buffer>();
  readonly troubles: unknown[] = [];
  readonly failures: string[] = [];
  readonly readers = new Set<string>();
  kills = 0;
  repeats = 0;
  /** A batch that came again as another one. */
  readonly strange: string[] = [];
  readonly #work: Work;

  private constructor(work: Work) {
    this.#work = work;
  }

  static async run(work: Work): Promise<SharedWork> {
    const all = new SharedWork(work);
    const dir = await mkdtemp(join(tmpdir(), 'shared-work-'));
    const stores = await Promise.all(
      Array.from({ length: work.workers }, () =>
        openSqlitePartitionStore({ path: join(dir, 'p.db'), namespace: 'runner/test' }),
      ),
    );
    const coordinators = stores.map((store, nth) => all.#coordinator(`worker-${nth}`, store));
    try {
      for (const { coordinator } of coordinators) coordinator.start();
      await waitFor('all work to be done', async () => {
        const counts = await stores[0]?.counts();
        const isOpen = counts === undefined || counts.pending + counts.failed > 0;
        return !isOpen && counts.claimed + counts.running === 0 && work.isDone(all);
      });
    } finally {
      await Promise.all(coordinators.map(({ coordinator }) => coordinator.stop()));
      await Promise.all(coordinators.map(({ source }) => source.close()));
      await Promise.all(stores.map((store) => store.close()));
      await rm(dir, { recursive: true });
    }
    return all;
  }

  /** All lines that the sink has, in no order. */
  get lines(): string[] {
    return [...this.delivered.values()].flatMap((bytes) =>
      bytes.toString().split('\n').slice(0, -1),
    );
  }

  #coordinator(workerId: string, store: Awaited<ReturnType<typeof openSqlitePartitionStore>>) {
    const source = this.#work.source();
    const process: Processor['process'] = async (min, max, options, tools) => {
      this.readers.add(workerId);
      return this.#attempt(source, { id: Number(min), min, max, options }, tools);
    };
    const coordinator = new Coordinator({
      ...{ workerId, store, planner: source.planner, processor: { process }, options: OPTIONS },
      events: { troubled: (_doing, error) => void this.troubles.push(error) },
    });
    return { source, coordinator };
  }

  async #attempt(
    source: PartitionedSource,
    partition: Pick<Partition, 'id' | 'min' | 'max' | 'options'>,
    tools: TaskTools,
  ): Promise<number> {
    const stop = new AbortController();
    const kept = keptOf(tools.checkpoint);
    const positions = new Map(kept.positions);
    const reader = this.#opened(source, partition, { kept, stop });
    let items = 0;
    try {
      for await (const batch of reader.batches) {
        const entry = [batch.source, batch.range] as const;
        await tools.save({ positions: [...positions], seals: [entry] });
        this.#maybeDie();
        this.#deliver(partition.id, batch);
        this.#maybeDie();
        positions.set(batch.source, batch.position);
        await tools.save({ positions: [...positions], seals: [] });
        items += batch.lines;
        batch.release?.();
        this.#maybeDie();
      }
    } catch (thrown) {
      this.failures.push(String(thrown));
      throw thrown;
    } finally {
      stop.abort();
    }
    return items;
  }

  #opened(
    source: PartitionedSource,
    partition: Parameters<PartitionedSource['open']>[0],
    { kept, stop }: { readonly kept: Kept; readonly stop: AbortController },
  ): Reader {
    return source.open(partition, {
      positions: new Map(kept.positions),
      sealed: new Map(kept.seals),
      limits: { ...LIMITS, lines: this.#work.lines, lingerMs: 0 },
      signal: stop.signal,
    });
  }

  #deliver(partitionId: number, { range, bytes, lines }: SourceBatch): void {
    if (lines === 0) return;
    const key = `${partitionId} ${range.generation} ${range.start} ${range.end}`;
    const before = this.delivered.get(key);
    if (before === undefined) this.delivered.set(key, Buffer.from(bytes));
    else if (before.equals(bytes)) this.repeats += 1;
    else this.strange.push(key);
  }

  #maybeDie(): void {
    if (this.#work.random.next() * this.#work.killEvery >= 1) return;
    this.kills += 1;
    throw new AppError('unavailable', 'killed');
  }
}

function keptOf(checkpoint: unknown): Kept {
  const none: Kept = { positions: [], seals: [] };
  return isKept(checkpoint) ? checkpoint : none;
}

function isKept(value: unknown): value is Kept {
  return typeof value === 'object' && value !== null && 'positions' in value && 'seals' in value;
}
