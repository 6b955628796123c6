import { backup, DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { type AppError, toAppError } from '../kernel/errors.ts';
import { type BufferRow, BufferTable } from './checkpoint/buffer-table.ts';
import { DeadLetterTable } from './checkpoint/dead-letter-table.ts';
import { LaneTable } from './checkpoint/lane-table.ts';
import { LedgerTable } from './checkpoint/ledger-table.ts';
import { MoveTable } from './checkpoint/move-table.ts';
import { inTransaction, REMEDY, setUp } from './checkpoint/schema.ts';
import {
  type BufferQuery,
  type CheckpointCommit,
  headSeal,
  type KeptDeadLetter,
  type LaneState,
  type Move,
  type Seal,
  type SenderRange,
} from './checkpoint-store.ts';
import { sqliteError } from './sqlite/sqlite-errors.ts';

/** How long one statement waits for another process that holds the file, such as a backup. */
const BUSY_MS_MAX = 5_000;

/** A `CheckpointCommit` with its JSON values written out as text. */
export interface CommitRows
  extends Omit<Required<CheckpointCommit>, 'source' | 'moved' | 'totals' | 'buffered'> {
  readonly source: { readonly id: string; readonly position: string } | null;
  readonly moved: readonly { readonly move: Move; readonly position: string }[];
  readonly totals: string;
  readonly buffered: readonly BufferRow[];
}

export interface LoadedRows {
  readonly positions: readonly Row[];
  readonly totals: SQLOutputValue;
  readonly epoch: string;
  readonly seals: readonly (Seal & { readonly sender: string })[];
  readonly lanes: readonly (readonly [sender: string, state: LaneState])[];
  readonly lastSeq: number;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * Checkpoints as tables of one SQLite file. Every call waits for the disk, so only a worker thread
 * should own one of these. All methods throw AppError: `unavailable` when the disk refuses,
 * `invalid` when the file is damaged or was written by a newer version.
 */
export class CheckpointTables {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #ledger: LedgerTable;
  readonly #buffer: BufferTable;
  readonly #letters: DeadLetterTable;
  readonly #lanes: LaneTable;
  readonly #moves: MoveTable;
  #isSynced = false;

  constructor(path: string) {
    this.#path = path;
    this.#db = this.#try(() => new DatabaseSync(path, { timeout: BUSY_MS_MAX }));
    try {
      this.#try(() => setUp(this.#db, path));
      [this.#sql, this.#ledger, this.#buffer, this.#letters, this.#lanes, this.#moves] = this.#try(
        () => [
          prepare(this.#db),
          new LedgerTable(this.#db),
          new BufferTable(this.#db),
          new DeadLetterTable(this.#db),
          new LaneTable(this.#db),
          new MoveTable(this.#db),
        ],
      );
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  load(runner: string, freshEpoch: string): LoadedRows {
    this.#transaction(() => {
      this.#sql.addEpoch.run(runner, freshEpoch);
      this.#retireGone(runner);
    });
    return this.#try(() => ({
      positions: this.#sql.positions.all(runner),
      totals: this.#sql.totals.get(runner)?.['totals'] ?? null,
      epoch: String(this.#sql.epoch.get(runner)?.['epoch']),
      seals: this.#sql.seals.all(runner).map(sealOf),
      lanes: this.#lanes.states(runner),
      lastSeq: Number(this.#sql.lastSeq.get(runner)?.['seq'] ?? 0),
    }));
  }

  /**
   * Keeps all commits in one transaction. When that fails each is tried alone, so that one bad
   * commit fails only its own caller. Answers for each what refused it, or null when it is kept.
   */
  commit(commits: readonly CommitRows[]): readonly (AppError | null)[] {
    try {
      this.#sync(commits.some(({ isSynced }) => isSynced));
      this.#transaction(() => {
        for (const commit of commits) this.#write(commit);
      });
      return commits.map(() => null);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (commits.length === 1 || error.kind === 'unavailable') return commits.map(() => error);
      return commits.flatMap((commit) => this.commit([commit]));
    }
  }

  seal(runner: string, sender: string, seal: Seal): void {
    this.#transaction(() => this.#setSeal(runner, sender, seal));
  }

  forget(runner: string): void {
    this.#transaction(() => {
      for (const table of [this.#ledger, this.#buffer, this.#letters, this.#lanes, this.#moves]) {
        table.forget(runner);
      }
      for (const drop of this.#sql.drops) drop.run(runner);
    });
  }

  sink(path: string): Row | null {
    return this.#try(() => this.#sql.sink.get(path) ?? null);
  }

  buffered(query: BufferQuery): BufferRow[] {
    return this.#try(() => this.#buffer.list(query));
  }

  lowestSegment(runner: string, sender: string): number | null {
    return this.#try(() => this.#buffer.lowestSegment(runner, sender));
  }

  ledger(runner: string): SenderRange[] {
    return this.#try(() => this.#ledger.ranges(runner));
  }

  deadLetters(runner: string, afterId: number, max: number): KeptDeadLetter[] {
    return this.#try(() => this.#letters.list(runner, afterId, max));
  }

  dropDeadLetters(runner: string, ids: readonly number[]): void {
    this.#transaction(() => {
      for (const id of ids) this.#letters.remove(runner, id);
    });
  }

  /** @throws AppError also when the file is there already. */
  async backup(path: string): Promise<void> {
    try {
      await backup(this.#db, path);
    } catch (thrown) {
      throw sqliteError(thrown, path, REMEDY);
    }
  }

  close(): void {
    this.#try(() => this.#db.close());
  }

  #write(commit: CommitRows): void {
    const { runner, source, moved, forgetSources, sinks, totals } = commit;
    this.#settle(commit);
    if (source !== null) {
      this.#sql.setPosition.run(runner, source.id, source.position);
      // One that only says where the source is comes before what is sealed.
      if (commit.read.units > 0) this.#dropHeadSeal(runner, source.id);
    }
    for (const { sender, seal } of commit.sealed) this.#setSeal(runner, sender, seal);
    for (const { move, position } of moved) this.#move(runner, move, position);
    for (const id of forgetSources) {
      this.#sql.dropPosition.run(runner, id);
      this.#dropHeadSeal(runner, id);
      this.#moves.forgetSource(runner, id);
      if (!this.#buffer.has(runner, id)) this.#ledger.retire(runner, id);
    }
    for (const { path, identity, size } of sinks) this.#sql.setSink.run(path, identity, size);
    this.#sql.setTotals.run(runner, totals);
  }

  #setSeal(runner: string, sender: string, { source, generation, start, end }: Seal): void {
    this.#sql.setSeal.run(runner, sender, source, generation, start, end);
  }

  /** What was being sent last is not what is read next any more. */
  #move(runner: string, move: Move, position: string): void {
    this.#sql.setPosition.run(runner, move.source, position);
    this.#moves.add(runner, move);
    this.#dropHeadSeal(runner, move.source);
  }

  #dropHeadSeal(runner: string, source: string): void {
    this.#sql.dropHeadSeal.run(runner, headSeal(source), source);
  }

  #settle({ runner, read, settled, buffered, unbuffered, ...letters }: CommitRows): void {
    for (const sender of read.senders) this.#lanes.read(runner, sender, read.units, read.bytes);
    for (const { sender, range } of settled) this.#ledger.settle(runner, sender, range);
    for (const row of buffered) this.#buffer.add(runner, row);
    for (const { sender, seq, range } of unbuffered) {
      const { source, generation, start, end } = range;
      this.#buffer.remove(runner, sender, seq);
      this.#sql.dropSealIn.run(runner, sender, source, generation, start, end);
    }
    for (const letter of letters.deadLetters) {
      if (letters.areLettersOnce) this.#letters.addOnce(runner, letter);
      else this.#letters.add(runner, letter);
    }
    if (letters.deadLetters.length > 0) this.#letters.requireRoom(runner, letters.lettersMax);
    for (const id of letters.revived) this.#revive(runner, id, 'delivered');
    for (const id of letters.filteredLetters) this.#revive(runner, id, 'filtered');
  }

  #revive(runner: string, id: number, as: 'delivered' | 'filtered'): void {
    const letter = this.#letters.get(runner, id);
    if (letter === null) return;
    if (letter.unit !== null) {
      this.#ledger.revive(runner, letter, as);
      this.#letters.unitDelivered(runner, letter);
    }
    this.#letters.remove(runner, id);
  }

  /** Of files that are gone, once nothing of them is buffered any more. */
  #retireGone(runner: string): void {
    for (const row of this.#sql.goneSources.all(runner, runner, runner)) {
      this.#ledger.retire(runner, String(row['source']));
    }
  }

  #sync(isSynced: boolean): void {
    if (isSynced === this.#isSynced) return;
    this.#try(() => this.#db.exec(`PRAGMA synchronous = ${isSynced ? 'FULL' : 'NORMAL'}`));
    this.#isSynced = isSynced;
  }

  #transaction(work: () => void): void {
    this.#try(() => {
      inTransaction(this.#db, work);
    });
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw sqliteError(thrown, this.#path, REMEDY);
    }
  }
}

function sealOf(row: Row): Seal & { readonly sender: string } {
  return {
    sender: String(row['sender']),
    source: String(row['source']),
    generation: Number(row['generation']),
    start: Number(row['start']),
    end: Number(row['end']),
  };
}

function prepare(db: DatabaseSync) {
  return {
    positions: db.prepare('SELECT source, position FROM positions WHERE runner = ?'),
    totals: db.prepare('SELECT totals FROM totals WHERE runner = ?'),
    epoch: db.prepare('SELECT epoch FROM epochs WHERE runner = ?'),
    addEpoch: db.prepare('INSERT OR IGNORE INTO epochs VALUES (?, ?)'),
    seals: db.prepare('SELECT * FROM seals WHERE runner = ?'),
    setSeal: db.prepare('INSERT OR REPLACE INTO seals VALUES (?, ?, ?, ?, ?, ?)'),
    // Also the one that an earlier version kept of all sources.
    dropHeadSeal: db.prepare(
      "DELETE FROM seals WHERE runner = ? AND sender IN (?, '') AND source = ?",
    ),
    dropSealIn: db.prepare(
      `DELETE FROM seals WHERE runner = ? AND sender = ? AND source = ? AND generation = ?
         AND "start" >= ? AND "start" < ?`,
    ),
    lastSeq: db.prepare('SELECT max(seq) AS seq FROM buffered WHERE runner = ?'),
    sink: db.prepare('SELECT path, identity, size FROM sinks WHERE path = ?'),
    setPosition: db.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?)'),
    setTotals: db.prepare('INSERT OR REPLACE INTO totals VALUES (?, ?)'),
    setSink: db.prepare('INSERT OR REPLACE INTO sinks VALUES (?, ?, ?)'),
    dropPosition: db.prepare('DELETE FROM positions WHERE runner = ? AND source = ?'),
    goneSources: db.prepare(
      `SELECT DISTINCT source FROM ledger WHERE runner = ? AND source <> ''
         AND source NOT IN (SELECT source FROM positions WHERE runner = ?)
         AND source NOT IN (SELECT source FROM buffered WHERE runner = ?)`,
    ),
    drops: ['positions', 'totals', 'epochs', 'seals'].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE runner = ?`),
    ),
  };
}
