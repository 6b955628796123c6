import { z } from 'zod';
import { Coverage } from '../../../domain/coverage.ts';
import {
  NO_PARTITIONS,
  PARTITION_STATUSES,
  type Partition,
  type PartitionCounts,
  type PartitionStatus,
} from '../../../domain/partition.ts';

type Pairs = readonly (readonly [min: string, max: string])[];

interface Plain {
  readonly counts: PartitionCounts;
  readonly ids: Pairs;
  readonly spans: Pairs;
}

const PlainText = z.custom<Plain>();
const NEW: Plain = { counts: NO_PARTITIONS, ids: [], spans: [] };

/**
 * What one client has changed of a namespace's counts, and what it has completed, until that is
 * folded into what all have done. Each client has its own, so that they need not wait for each other.
 */
export class Ledger {
  readonly ids: Coverage;
  readonly spans: Coverage;
  readonly #counts: Record<PartitionStatus, number>;
  #isChanged = false;

  private constructor(counts: PartitionCounts, ids: Coverage, spans: Coverage) {
    this.#counts = { ...counts };
    this.ids = ids;
    this.spans = spans;
  }

  /** Null: nothing was changed yet. */
  static of(text: string | null): Ledger {
    const { counts, ids, spans }: Plain = text === null ? NEW : PlainText.parse(JSON.parse(text));
    return new Ledger(counts, coverageOf(ids), coverageOf(spans));
  }

  /** One that is changed while this one stays as it is. */
  copy(): Ledger {
    const [ids, spans] = [new Coverage(this.ids.ranges), new Coverage(this.spans.ranges)];
    return new Ledger(this.#counts, ids, spans);
  }

  get counts(): PartitionCounts {
    return this.#counts;
  }

  get isChanged(): boolean {
    return this.#isChanged;
  }

  get ranges(): number {
    return this.ids.ranges.length + this.spans.ranges.length;
  }

  count(status: PartitionStatus, by: number): void {
    this.#isChanged = true;
    this.#counts[status] += by;
  }

  complete({ id, min, max }: Partition): void {
    this.ids.add({ min: BigInt(id), max: BigInt(id) });
    this.spans.add({ min, max });
  }

  countAll(counts: PartitionCounts): void {
    for (const status of PARTITION_STATUSES) this.#counts[status] += counts[status];
  }

  toText(): string {
    const plain: Plain = {
      counts: this.#counts,
      ids: pairsOf(this.ids),
      spans: pairsOf(this.spans),
    };
    return JSON.stringify(plain);
  }
}

export function sumOf(all: readonly PartitionCounts[]): PartitionCounts {
  return all.reduce(
    (sum, each) => ({
      pending: sum.pending + each.pending,
      claimed: sum.claimed + each.claimed,
      running: sum.running + each.running,
      completed: sum.completed + each.completed,
      failed: sum.failed + each.failed,
      dead: sum.dead + each.dead,
    }),
    NO_PARTITIONS,
  );
}

function coverageOf(pairs: Pairs): Coverage {
  return new Coverage(pairs.map(([min, max]) => ({ min: BigInt(min), max: BigInt(max) })));
}

function pairsOf({ ranges }: Coverage): Pairs {
  return ranges.map(({ min, max }) => [String(min), String(max)]);
}
