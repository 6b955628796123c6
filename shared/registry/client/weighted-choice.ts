import type { RandomSource } from '../../kernel/random.ts';
import type { ServiceInstance } from '../service-instance.ts';

/** Instances to choose one of, each as often as its weight says; those of weight 0 never. */
export class WeightedChoice {
  readonly #instances: readonly ServiceInstance[];
  /** The sums of the weights up to each instance. */
  readonly #sums: readonly number[];

  constructor(instances: readonly ServiceInstance[]) {
    this.#instances = instances.filter(({ weight }) => weight > 0);
    let sum = 0;
    this.#sums = this.#instances.map(({ weight }) => (sum += weight));
  }

  /** Null: there is none. */
  pick(random: RandomSource): ServiceInstance | null {
    const whole = this.#sums.at(-1) ?? 0;
    return this.#instances[this.#firstAbove(random.next() * whole)] ?? null;
  }

  get isEmpty(): boolean {
    return this.#instances.length === 0;
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
