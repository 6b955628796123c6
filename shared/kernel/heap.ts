/** Values of which the first, by an order, is always at hand. */
export class Heap<Value> {
  readonly #values: Value[] = [];
  readonly #comesBefore: (a: Value, b: Value) => boolean;

  constructor(comesBefore: (a: Value, b: Value) => boolean) {
    this.#comesBefore = comesBefore;
  }

  get size(): number {
    return this.#values.length;
  }

  get first(): Value | undefined {
    return this.#values[0];
  }

  push(value: Value): void {
    this.#values.push(value);
    this.#rise(this.#values.length - 1);
  }

  /** Takes the first one out. */
  pop(): Value | undefined {
    const first = this.#values[0];
    const last = this.#values.pop();
    if (this.#values.length === 0 || last === undefined) return first;
    this.#values[0] = last;
    this.#sink(0);
    return first;
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >>> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const left = 2 * at + 1;
      const least = this.#lesser(left, left + 1);
      if (least >= this.#values.length || !this.#swapIfBefore(least, at)) return;
      at = least;
    }
  }

  /** The place of the value that comes first of two; of the left one where the right is none. */
  #lesser(left: number, right: number): number {
    const [a, b] = [this.#values[left], this.#values[right]];
    return a !== undefined && b !== undefined && this.#comesBefore(b, a) ? right : left;
  }

  #swapIfBefore(at: number, other: number): boolean {
    const [value, than] = [this.#values[at], this.#values[other]];
    if (value === undefined || than === undefined || !this.#comesBefore(value, than)) return false;
    this.#values[at] = than;
    this.#values[other] = value;
    return true;
  }
}
