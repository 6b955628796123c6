import { mergedRanges } from '../../../domain/coverage.ts';
import { type IdRange, sharedBy } from '../../../domain/id-range.ts';
import {
  PARTITION_STATUSES,
  type Partition,
  type PartitionCounts,
} from '../../../domain/partition.ts';
import { nameOfKey } from '../../etcd/key-name.ts';
import { EtcdCoverage } from './etcd-coverage.ts';
import type { CoverageKind, EtcdKeys } from './etcd-keys.ts';
import type { EtcdReads } from './etcd-reads.ts';
import type { EtcdRooms } from './etcd-rooms.ts';
import type { EtcdWrites } from './etcd-writes.ts';
import { Ledger, sumOf } from './ledger.ts';

/** The ledger that all others are folded into. */
const BASE = 'all';

interface SumsDeps {
  readonly keys: EtcdKeys;
  readonly reads: EtcdReads;
  readonly writes: EtcdWrites;
  readonly rooms: EtcdRooms;
  /** Of this client. */
  readonly ledger: Ledger;
}

/** How many partitions there are of each status, and which IDs they are of. */
export class EtcdSums {
  readonly ledger: Ledger;
  readonly #deps: SumsDeps;
  readonly #coverages = new Map<CoverageKind, EtcdCoverage>();
  #counts: PartitionCounts | null = null;
  /** Null: nobody has asked yet. */
  #known: ReadonlyMap<string, Ledger> | null = null;

  constructor(deps: SumsDeps) {
    this.#deps = deps;
    this.ledger = deps.ledger;
  }

  /** The ranges of all partitions that there are, or that are completed. */
  get made(): EtcdCoverage {
    return this.#coverage('made');
  }

  counts(): PartitionCounts {
    return this.#counts ?? sumOf([...this.#ledgers().values()].map(({ counts }) => counts));
  }

  completedIn(range: IdRange): IdRange[] {
    const done = this.#coverage('done-spans').rangesIn(range);
    const late = [...this.#ledgers().values()].flatMap(({ spans }) => spans.rangesIn(range));
    return mergedRanges([...done, ...late]);
  }

  isCompleted(id: number): boolean {
    const number = BigInt(id);
    if (this.#coverage('done-ids').has(number)) return true;
    return [...this.#ledgers().values()].some(({ ids }) => ids.has(number));
  }

  make(partition: Partition): void {
    const { writes, keys } = this.#deps;
    // Where no two partitions share an ID one that is removed leaves a gap of its whole range.
    if (this.made.rangesIn(partition).length > 0) writes.putBlindly(keys.one('overlaps'), 'true');
    this.made.add(partition);
  }

  /** `isThere` tells which partitions are left. */
  unmake(partition: Partition, isThere: (id: number) => boolean): void {
    const { reads, keys } = this.#deps;
    this.made.remove(partition);
    if (reads.one(keys.one('overlaps')) === null) return;
    for (const other of this.#othersIn(partition, isThere)) this.made.add(other);
  }

  /** Of the clients, by their names. */
  ledgerRevisions(): Map<string, number> {
    const { reads, keys } = this.#deps;
    const found = reads.all(keys.all('ledgers'));
    const clients = found.filter(({ key }) => nameOfKey(key) !== BASE);
    return new Map(clients.map(({ key, revision }) => [nameOfKey(key), revision]));
  }

  /** Takes over what these ledgers hold, and ends them. */
  fold(names: readonly string[]): void {
    const { reads, writes, keys } = this.#deps;
    const found = reads
      .all(keys.all('ledgers'))
      .filter(({ key }) => names.includes(nameOfKey(key)));
    if (found.length === 0) return;
    const base = this.#base();
    for (const { key, value, revision } of found) {
      const ledger = Ledger.of(value);
      base.ledger.countAll(ledger.counts);
      for (const ids of ledger.ids.ranges) this.#coverage('done-ids').add(ids);
      for (const span of ledger.spans.ranges) this.#coverage('done-spans').add(span);
      writes.delete(key, revision);
    }
    writes.put(base.key, base.revision, () => base.ledger.toText());
    const key = keys.one('fold');
    writes.put(key, reads.one(key)?.revision ?? 0, () => '');
  }

  /** Counts all there are; gives what the counts were before. */
  recount(): PartitionCounts {
    const { writes } = this.#deps;
    const [were, are] = [this.counts(), this.#counted()];
    const base = this.#base();
    const wrong = PARTITION_STATUSES.filter((status) => were[status] !== are[status]);
    for (const status of wrong) base.ledger.count(status, are[status] - were[status]);
    if (wrong.length > 0) writes.put(base.key, base.revision, () => base.ledger.toText());
    this.#counts = are;
    return were;
  }

  write(): void {
    for (const coverage of this.#coverages.values()) coverage.write(this.#deps.writes);
  }

  #counted(): PartitionCounts {
    const { reads, keys, rooms } = this.#deps;
    const [waiting] = reads.need([{ ...keys.all('waiting'), isCount: true }]);
    const counts = Ledger.of(null);
    counts.count('pending', Number(waiting?.[0]?.value ?? 0));
    const statuses = ['claimed', 'running', 'failed', 'dead'] as const;
    const open = rooms.list({ statuses, limit: Number.MAX_SAFE_INTEGER });
    for (const { partition } of open) counts.count(partition.status, 1);
    const late = [...this.#ledgers().values()].flatMap(({ ids }) => ids.ranges);
    for (const { min, max } of mergedRanges([...this.#coverage('done-ids').ranges, ...late])) {
      counts.count('completed', Number(max - min) + 1);
    }
    return counts.counts;
  }

  /** What of the range other partitions have, be they completed. */
  #othersIn(range: Partition, isThere: (id: number) => boolean): IdRange[] {
    const all = this.#deps.rooms.list({ limit: Number.MAX_SAFE_INTEGER });
    const others = all.filter(({ partition: { id } }) => isThere(id));
    const shared = others.map(({ partition }) => sharedBy(partition, range));
    return [...shared.filter((each) => each !== null), ...this.completedIn(range)];
  }

  #base() {
    const { reads, keys } = this.#deps;
    const key = keys.named('ledgers', BASE);
    const found = reads.one(key);
    return { key, revision: found?.revision ?? 0, ledger: Ledger.of(found?.value ?? null) };
  }

  /** By their names. */
  #ledgers(): ReadonlyMap<string, Ledger> {
    const { reads, keys } = this.#deps;
    const found = reads.all(keys.all('ledgers'));
    this.#known ??= new Map(found.map(({ key, value }) => [nameOfKey(key), Ledger.of(value)]));
    return this.#known;
  }

  #coverage(kind: CoverageKind): EtcdCoverage {
    const { reads, keys } = this.#deps;
    const known = this.#coverages.get(kind);
    if (known !== undefined) return known;
    const coverage = new EtcdCoverage(kind, keys, reads.all(keys.all(kind)));
    this.#coverages.set(kind, coverage);
    return coverage;
  }
}
