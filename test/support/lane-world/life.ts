import type { CheckpointStore } from '../../../shared/stores/checkpoint-store.ts';

/**
 * One life of a process. What it does to the world it does in steps; after the last one that it is
 * given it is dead: nothing that it asks for is done any more, and nothing answers it.
 */
export class Life {
  #stepsLeft = Number.POSITIVE_INFINITY;

  get isOver(): boolean {
    return this.#stepsLeft <= 0;
  }

  endAfter(steps: number): void {
    this.#stepsLeft = steps;
  }

  /** Never resolves once the life is over. */
  step(): Promise<void> {
    this.#stepsLeft -= 1;
    if (this.#stepsLeft >= 0) return Promise.resolve();
    return new Promise(() => undefined);
  }

  /** It may end before the work, or when it is done and the answer is on its way. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    await this.step();
    const answer = await work();
    await this.step();
    return answer;
  }
}

/** The store as one life reaches it; what it holds outlives it. */
export function storeIn(life: Life, store: CheckpointStore): CheckpointStore {
  return {
    load: (runner, epoch) => life.through(() => store.load(runner, epoch)),
    commit: (commit) => life.through(() => store.commit(commit)),
    seal: (runner, sender, seal) => life.through(() => store.seal(runner, sender, seal)),
    forget: (runner) => life.through(() => store.forget(runner)),
    sink: (path) => life.through(() => store.sink(path)),
    buffered: (query) => life.through(() => store.buffered(query)),
    lowestSegment: (runner, sender) => life.through(() => store.lowestSegment(runner, sender)),
    ledger: (runner) => life.through(() => store.ledger(runner)),
    deadLetters: (runner, afterId, max) =>
      life.through(() => store.deadLetters(runner, afterId, max)),
    dropDeadLetters: (runner, ids) => life.through(() => store.dropDeadLetters(runner, ids)),
    backup: (path) => life.through(() => store.backup(path)),
    close: () => store.close(),
  };
}
