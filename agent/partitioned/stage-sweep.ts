import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Partition } from '../../shared/domain/partition.ts';
import { ownerOf, type StageOwner } from './stage-names.ts';

/** Tells whose a partition is by now; null: it is completed or gone. */
interface Tokens {
  partition(id: number): Promise<Pick<Partition, 'token'> | null>;
}

/**
 * Removes what attempts have left behind that are over, in folders that are written to: those whose
 * token is not the partition's any more. Each folder is looked at once, and for the attempt's own
 * partition each time.
 */
export class StageSweep {
  readonly #key: string;
  readonly #store: Tokens;
  readonly #swept = new Set<string>();

  constructor(key: string, store: Tokens) {
    this.#key = key;
    this.#store = store;
  }

  /** @throws AppError as the store does. */
  async sweep(folder: string, { partitionId, token }: StageOwner): Promise<void> {
    const isFirst = !this.#swept.has(folder);
    for (const name of await readdir(folder)) {
      const owner = ownerOf(name, this.#key);
      if (owner === null) continue;
      const isOlder = owner.partitionId === partitionId && owner.token < token;
      if (isOlder || (isFirst && (await this.#isOver(owner)))) {
        await rm(join(folder, name), { force: true });
      }
    }
    this.#swept.add(folder);
  }

  async #isOver({ partitionId, token }: StageOwner): Promise<boolean> {
    const partition = await this.#store.partition(partitionId);
    return partition === null || partition.token !== token;
  }
}
