import type { DatabaseSync } from 'node:sqlite';
import { SqlRow } from '../../sqlite/sql-row.ts';

/** What a registry is as a whole, in one row. */
export interface RegistryState {
  /** The latest one; epochs of turns are taken from them too. */
  revision: number;
  /** What was before it is not known. */
  floor: number;
  /** How often what was said of leases was summed up. */
  leasesBegun: number;
  owner: string;
  epoch: number;
  ownedUntilMs: number;
}

export class RegistryStateRow {
  readonly #registry: number;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync, registry: number) {
    this.#registry = registry;
    this.#sql = prepare(db);
  }

  read(): RegistryState {
    const row = new SqlRow(this.#sql.read.get(this.#registry) ?? {});
    return {
      ...{ revision: row.int('revision'), floor: row.int('floor') },
      ...{ leasesBegun: row.int('leases_begun'), owner: row.text('owner') },
      ...{ epoch: row.int('epoch'), ownedUntilMs: row.int('owned_until') },
    };
  }

  write(state: RegistryState): void {
    const { revision, floor, leasesBegun, owner, epoch, ownedUntilMs } = state;
    const turn = [owner, epoch, ownedUntilMs] as const;
    this.#sql.write.run(revision, floor, leasesBegun, ...turn, this.#registry);
  }
}

function prepare(db: DatabaseSync) {
  return {
    read: db.prepare(
      `SELECT revision, floor, leases_begun, owner, epoch, owned_until FROM registries WHERE id = ?`,
    ),
    write: db.prepare(
      `UPDATE registries SET revision = ?, floor = ?, leases_begun = ?, owner = ?, epoch = ?,
         owned_until = ? WHERE id = ?`,
    ),
  };
}
