import type { RandomSource } from '../../kernel/random.ts';

interface Weighted {
  readonly weight: number;
}

/**
 * A list to choose one of by chance, each as often as its weight says; those of weight 0 never. A
 * choice takes no longer among many, which pays where the list stays the same.
 */
export class WeightedChoice<One extends Weighted> {
  readonly #all: readonly One[];
  /** The sums of the weights up to each of them. */
  readonly #sums: readonly number[];

  constructor(all: readonly One[]) {
    this.#all = all.filter(({ weight }) => weight > 0);
    let sum = 0;
    this.#sums = this.#all.map(({ weight }) => (sum += weight));
  }

  /** Null: there is none. */
  pick(random: RandomSource): One | null {
    const whole = this.#sums.at(-1) ?? 0;
    return this.#all[this.#firstAbove(random.next() * whole)] ?? null;
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  #firstAbove(point: number): number {
    let [from, to] = [0, this.#sums.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#sums[middle] ?? 0) > point) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}
