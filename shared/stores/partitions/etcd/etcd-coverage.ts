import { Coverage } from '../../../domain/coverage.ts';
import { type IdRange, sharedBy } from '../../../domain/id-range.ts';
import type { KeyValue } from '../../etcd/etcd-messages.ts';
import { nameOfKey } from '../../etcd/key-name.ts';
import { type CoverageKind, type EtcdKeys, numberOf, numberText } from './etcd-keys.ts';
import type { EtcdWrites } from './etcd-writes.ts';

/** IDs as the fewest ranges, each a key of its own that is named for the range's end. */
export class EtcdCoverage {
  readonly #kind: CoverageKind;
  readonly #keys: EtcdKeys;
  readonly #stored: ReadonlyMap<string, string>;
  #now: Coverage;

  constructor(kind: CoverageKind, keys: EtcdKeys, found: readonly KeyValue[]) {
    this.#kind = kind;
    this.#keys = keys;
    this.#stored = new Map(found.map(({ key, value }) => [key, value]));
    this.#now = new Coverage(
      found.map(({ key, value }) => ({ min: numberOf(value), max: numberOf(nameOfKey(key)) })),
    );
  }

  get ranges(): readonly IdRange[] {
    return this.#now.ranges;
  }

  rangesIn(range: IdRange): IdRange[] {
    return this.#now.rangesIn(range);
  }

  has(id: bigint): boolean {
    return this.#now.has(id);
  }

  add(range: IdRange): void {
    this.#now.add(range);
  }

  remove(range: IdRange): void {
    const left = this.#now.ranges.flatMap((each) => {
      const shared = sharedBy(each, range);
      return shared === null ? [each] : new Coverage([shared]).gapsIn(each);
    });
    this.#now = new Coverage(left);
  }

  /** Whoever changes it writes another key, too, that all who change it compare. */
  write(writes: EtcdWrites): void {
    const wanted = new Map(
      this.#now.ranges.map(({ min, max }) => [
        this.#keys.in(this.#kind, numberText(max)),
        numberText(min),
      ]),
    );
    for (const key of this.#stored.keys()) if (!wanted.has(key)) writes.deleteBlindly(key);
    for (const [key, value] of wanted) {
      if (this.#stored.get(key) !== value) writes.putBlindly(key, value);
    }
  }
}
