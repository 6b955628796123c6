import { toAppError } from '../../kernel/errors.ts';
import type { StoreClock } from '../partitions/engine/store-clock.ts';
import type { StoreIdentity } from '../partitions/partition-store.ts';
import { setUpDocument } from '../partitions/sqlite/partition-schema.ts';
import { type PlaceOpening, SqlitePlace } from '../partitions/sqlite/sqlite-place.ts';
import { storeLostError } from '../partitions/store-errors.ts';
import { SqlRow } from '../sqlite/sql-row.ts';
import type { Numbered, Reply } from '../worker-rpc.ts';
import type { DocumentChange, DocumentQuestion, DocumentReading } from './locked-document.ts';

/** What the document asks of its worker. `open` comes first and `close` last. */
export type DocumentRequest =
  | { readonly op: 'open'; readonly opening: PlaceOpening }
  | { readonly op: 'read'; readonly asked: DocumentQuestion }
  | { readonly op: 'swap'; readonly change: DocumentChange }
  | { readonly op: 'close' };

interface Open {
  readonly place: SqlitePlace;
  readonly sql: ReturnType<typeof prepare>;
  readonly namespace: string;
  readonly incarnation: string;
}

/** Answers requests in the order they came, each in a transaction of its own. */
export class DocumentRequests {
  readonly #clock: StoreClock;
  #open: Open | null = null;

  constructor(clock: StoreClock) {
    this.#clock = clock;
  }

  answer({ id, request }: Numbered<DocumentRequest>): Reply {
    try {
      return { id, ok: true, value: this.#result(request) };
    } catch (thrown) {
      const { kind, message, details } = toAppError(thrown);
      return { id, ok: false, kind, message, details };
    }
  }

  #result(request: DocumentRequest): unknown {
    switch (request.op) {
      case 'open':
        return this.#begin(request.opening);
      case 'read':
        return this.#work((open) => this.#read(open, request.asked));
      case 'swap':
        return this.#work((open) => this.#swap(open, request.change));
      case 'close':
        this.#open?.place.close();
        this.#open = null;
        return undefined;
    }
  }

  #begin(opening: PlaceOpening): StoreIdentity {
    const { namespace, bootId, freshIncarnation } = opening;
    const { place, value: incarnation } = SqlitePlace.open(opening, (db) =>
      setUpDocument(db, { namespace, bootId, incarnation: freshIncarnation }),
    );
    this.#open = { place, sql: prepare(place), namespace, incarnation };
    return { id: place.id, incarnation };
  }

  #work<T>(work: (open: Open) => T): T {
    const open = this.#open;
    if (open === null) throw new Error('the document is not open');
    return open.place.transaction(() => work(open));
  }

  #read(open: Open, { revision: known, locks }: DocumentQuestion): DocumentReading {
    const { revision, restarts } = this.#state(open);
    const text = revision === known ? null : new SqlRow(open.sql.text.get(open.namespace) ?? {});
    const [atMs, asked] = [this.#clock.monotonicMs(), new Set(locks)];
    const leftMs = new Map<string, number>();
    for (const found of open.sql.locks.all(open.namespace, atMs)) {
      const row = new SqlRow(found);
      const name = row.text('name');
      if (asked.has(name)) leftMs.set(name, Math.ceil(row.real('until') - atMs));
    }
    const nowMs = this.#clock.now();
    return { revision, restarts, nowMs, leftMs, text: text?.text('text') ?? null };
  }

  #swap(open: Open, { revision, text, taken, freed }: DocumentChange): number | null {
    const { sql, namespace } = open;
    if (this.#state(open).revision !== revision) return null;
    sql.swap.run(revision + 1, text, namespace);
    const atMs = this.#clock.monotonicMs();
    for (const { name, holder, leaseMs } of taken) {
      sql.take.run(namespace, name, holder, atMs + leaseMs);
    }
    for (const name of freed) sql.free.run(namespace, name);
    // Those that ended by themselves.
    sql.sweep.run(namespace, atMs);
    return revision + 1;
  }

  /** @throws AppError `conflict`, `store_lost`. */
  #state({ sql, namespace, incarnation }: Open): { revision: number; restarts: number } {
    const found = sql.state.get(namespace);
    if (found?.['incarnation'] !== incarnation) throw storeLostError(namespace);
    const row = new SqlRow(found);
    return { revision: row.int('revision'), restarts: row.int('restarts') };
  }
}

function prepare({ db }: SqlitePlace) {
  return {
    state: db.prepare('SELECT incarnation, revision, restarts FROM documents WHERE namespace = ?'),
    text: db.prepare('SELECT "text" FROM documents WHERE namespace = ?'),
    locks: db.prepare('SELECT name, "until" FROM locks WHERE namespace = ? AND "until" > ?'),
    swap: db.prepare('UPDATE documents SET revision = ?, "text" = ? WHERE namespace = ?'),
    take: db.prepare('INSERT OR REPLACE INTO locks VALUES (?, ?, ?, ?)'),
    free: db.prepare('DELETE FROM locks WHERE namespace = ? AND name = ?'),
    sweep: db.prepare('DELETE FROM locks WHERE namespace = ? AND "until" <= ?'),
  };
}
