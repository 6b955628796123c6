import type { Command, KeptCommand } from '../partition-store.ts';
import type { Operations } from './operations.ts';
import type { PartitionData } from './partition-data.ts';
import type { StoreClock } from './store-clock.ts';

/** The commands of a namespace: each is done once, and what came of it is kept. */
export class CommandBook {
  readonly #data: PartitionData;
  readonly #clock: StoreClock;
  readonly #operations: Operations;

  constructor(data: PartitionData, clock: StoreClock, operations: Operations) {
    this.#data = data;
    this.#clock = clock;
    this.#operations = operations;
  }

  submit(command: Command): KeptCommand {
    const known = this.#data.command(command.id);
    if (known !== null) return known;
    const kept = { ...command, submittedAtMs: this.#clock.now(), done: null };
    this.#data.setCommand(kept);
    return kept;
  }

  execute(id: string): KeptCommand | null {
    const known = this.#data.command(id);
    if (known === null || known.done !== null) return known;
    const retried = this.#operations.retry(known.retry);
    const done = { ...known, done: { atMs: this.#clock.now(), retried } };
    this.#data.setCommand(done);
    return done;
  }
}
