import type { DatabaseSync } from 'node:sqlite';
import { SqliteFile } from '../../sqlite/sqlite-file.ts';
import { storeLostError } from '../store-errors.ts';
import { setUpPlace } from './partition-schema.ts';

const REMEDY =
  'move it away (and its -wal and -shm files) and start again; all partitions begin anew then';

export interface PlaceOpening {
  readonly path: string;
  readonly namespace: string;
  readonly bootId: string;
  /** For a file that is new, and for a namespace that is. */
  readonly freshId: string;
  readonly freshIncarnation: string;
}

/** The file that namespaces are kept in, as one of its processes has it open. */
export class SqlitePlace {
  readonly id: string;
  readonly #file: SqliteFile;
  readonly #namespace: string;

  private constructor(file: SqliteFile, id: string, namespace: string) {
    this.#file = file;
    this.id = id;
    this.#namespace = namespace;
  }

  /**
   * Opens it, making it when there is none, and sets the namespace up.
   * @throws AppError as the store does.
   */
  static open<T>(
    { path, namespace, freshId }: PlaceOpening,
    setUp: (db: DatabaseSync) => T,
  ): { readonly place: SqlitePlace; readonly value: T } {
    const opened = SqliteFile.open({ path, remedy: REMEDY }, (db) => ({
      id: setUpPlace(db, { path, freshId }),
      value: setUp(db),
    }));
    const { id, value } = opened.value;
    return { place: new SqlitePlace(opened.file, id, namespace), value };
  }

  get db(): DatabaseSync {
    return this.#file.db;
  }

  /** @throws AppError `store_lost` for a file that was deleted or replaced. */
  transaction<T>(work: () => T): T {
    if (this.#file.isReplaced) throw storeLostError(this.#namespace);
    return this.#file.transaction(work);
  }

  close(): void {
    this.#file.close();
  }
}
