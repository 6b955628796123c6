interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/** Of what comes with results: to be heard, to be gathered in its turn, and to be sent. */
const ROUNDS_BEFORE_TOLD = 3;

interface Gathering {
  /** No more is done together than this. */
  readonly batchMax: number;
  /** Results are told when what comes with them is under way, within the same turn of the event loop. */
  readonly tellsLast?: boolean;
}

/**
 * Does together what is asked one by one: what is asked in one turn of the event loop, and what is
 * asked while an earlier batch is on its way.
 */
export class Gathered<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #gathering: Gathering;
  #waiting: Waiting<Item, Result>[] = [];
  #isRunning = false;

  /** `run` gives a result for each item, in the same order, or fails for all of them. */
  constructor(run: (items: readonly Item[]) => Promise<readonly Result[]>, gathering: Gathering) {
    this.#run = run;
    this.#gathering = gathering;
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
    const { batchMax, tellsLast = false } = this.#gathering;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchMax);
      try {
        const results = await this.#run(batch.map(({ item }) => item));
        if (results.length !== batch.length) throw new Error('there is not a result for each');
        const tell = () => {
          for (const [index, result] of results.entries()) batch[index]?.resolve(result);
        };
        if (tellsLast) behindTicks(ROUNDS_BEFORE_TOLD, tell);
        else tell();
      } catch (thrown) {
        for (const { reject } of batch) reject(thrown);
      }
    }
    this.#isRunning = false;
  }
}

/** After so many rounds of ticks and microtasks; all of them come before anything else. */
function behindTicks(rounds: number, act: () => void): void {
  if (rounds === 0) act();
  else queueMicrotask(() => process.nextTick(() => behindTicks(rounds - 1, act)));
}
