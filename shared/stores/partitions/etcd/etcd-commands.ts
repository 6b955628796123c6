import { z } from 'zod';
import type { KeptCommand, Retried } from '../partition-store.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import type { EtcdReads } from './etcd-reads.ts';
import type { EtcdWrites } from './etcd-writes.ts';

/** In one step. */
export const FORGOTTEN_MAX = 1_000;

/** How far a command has come that takes several steps. */
export type Begun = KeptCommand & { readonly soFar?: RetryProgress };

export interface RetryProgress extends Retried {
  /** Of the IDs that were given so many were looked at. */
  readonly at: number;
}

const BegunText = z.custom<Begun>();

/** Commands, those that are to be done apart from those that are. */
export class EtcdCommands {
  readonly #keys: EtcdKeys;
  readonly #reads: EtcdReads;
  readonly #writes: EtcdWrites;

  constructor(keys: EtcdKeys, reads: EtcdReads, writes: EtcdWrites) {
    this.#keys = keys;
    this.#reads = reads;
    this.#writes = writes;
  }

  get(id: string): Begun | null {
    const places = [this.#keys.named('done-commands', id), this.#keys.named('commands', id)];
    const [done = [], pending = []] = this.#reads.need(places.map((key) => ({ key })));
    const [found] = [...done, ...pending];
    return found === undefined ? null : commandOf(found.value);
  }

  set(command: Begun): void {
    const key = this.#keys.named('commands', command.id);
    const found = this.#reads.one(key);
    if (command.done === null) {
      this.#writes.put(key, found?.revision ?? 0, () => JSON.stringify(command));
      // Another one of the same ID may have been done meanwhile.
      this.#writes.guard(this.#keys.named('done-commands', command.id), 0);
    } else {
      this.#writes.delete(key, found?.revision ?? 0);
      const doneKey = this.#keys.named('done-commands', command.id);
      this.#writes.put(doneKey, 0, () => JSON.stringify(command));
    }
  }

  pending(limit: number): KeptCommand[] {
    const found = this.#reads.all(this.#keys.all('commands'));
    return found
      .map(({ value }) => shown(commandOf(value)))
      .toSorted((a, b) => a.submittedAtMs - b.submittedAtMs)
      .slice(0, limit);
  }

  /** Of very many not all: whoever has forgotten some asks again. */
  forget(doneBeforeMs: number): void {
    const found = this.#reads.all(this.#keys.all('done-commands'));
    const old = found.filter(({ value }) => (commandOf(value).done?.atMs ?? 0) < doneBeforeMs);
    for (const { key } of old.slice(0, FORGOTTEN_MAX)) this.#writes.deleteBlindly(key);
  }
}

/** Its text is this program's own. */
function commandOf(text: string): Begun {
  return BegunText.parse(JSON.parse(text));
}

function shown({ soFar: _soFar, ...command }: Begun): KeptCommand {
  return command;
}
