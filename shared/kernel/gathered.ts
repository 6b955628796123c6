interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Does together what is asked one by one: what is asked in one turn of the event loop, and what is
 * asked while an earlier batch is on its way.
 */
export class Gathered<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #batchMax: number;
  #waiting: Waiting<Item, Result>[] = [];
  #isRunning = false;

  /** `run` gives a result for each item, in the same order, or fails for all of them. */
  constructor(run: (items: readonly Item[]) => Promise<readonly Result[]>, batchMax: number) {
    this.#run = run;
    this.#batchMax = batchMax;
  }

  ask(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#isRunning) {
      this.#isRunning = true;
      // A microtask would be too soon for what is asked in microtasks behind it.
      process.nextTick(() => void this.#runAll());
    }
    return promise;
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#batchMax);
      try {
        const results = await this.#run(batch.map(({ item }) => item));
        if (results.length !== batch.length) throw new Error('there is not a result for each');
        for (const [index, result] of results.entries()) batch[index]?.resolve(result);
      } catch (thrown) {
        for (const { reject } of batch) reject(thrown);
      }
    }
    this.#isRunning = false;
  }
}
