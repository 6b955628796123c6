import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { LedgerRange } from '../domain/ledger.ts';
import { AppError } from '../kernel/errors.ts';
import { BufferTable } from './checkpoint/buffer-table.ts';
import { LaneTable } from './checkpoint/lane-table.ts';
import { LedgerTable } from './checkpoint/ledger-table.ts';
import { MoveTable } from './checkpoint/move-table.ts';
import { REMEDY, SCHEMA_VERSION, versionOf } from './checkpoint/schema.ts';
import type { LaneState, Move, SenderRange, SinkPosition } from './checkpoint-store.ts';
import { sqliteError } from './sqlite/sqlite-errors.ts';

const BUSY_MS_MAX = 5_000;
/** Batches that a look at the buffers takes at once. */
const BUFFERED_AT_ONCE = 1_000;

const PositionRow = z.object({ source: z.string(), position: z.string() });
const SinkRow = z.object({ path: z.string(), identity: z.string(), size: z.int() });

export interface BufferedRange extends Omit<LedgerRange, 'units'> {
  readonly sender: string;
}

/** All that is kept of one runner, as it was at one moment. */
export interface CheckpointSnapshot {
  readonly positions: ReadonlyMap<string, unknown>;
  readonly lanes: ReadonlyMap<string, LaneState>;
  readonly ranges: readonly SenderRange[];
  readonly buffered: readonly BufferedRange[];
  readonly moves: readonly Move[];
  /** Of all runners: files are shared. */
  readonly sinks: readonly SinkPosition[];
}

/**
 * Reads what is kept of a runner straight from the file, also while an agent works with it: nothing
 * is written, and the agent does not wait.
 *
 * @throws AppError `not_found` when there is no file, `invalid` when it is damaged or of another
 * version, `unavailable` when the disk refuses.
 */
export function readCheckpoints(path: string, runner: string): CheckpointSnapshot {
  return withReadOnly(path, (db) => {
    requireThisVersion(db, path);
    db.exec('BEGIN');
    const lanes = new Map(new LaneTable(db).states(runner));
    return {
      positions: positionsOf(db, runner),
      lanes,
      ranges: new LedgerTable(db).ranges(runner),
      buffered: [...lanes.keys()].flatMap((sender) => bufferedOf(db, runner, sender)),
      moves: new MoveTable(db).list(runner),
      sinks: db
        .prepare('SELECT path, identity, size FROM sinks')
        .all()
        .map((row) => SinkRow.parse(row)),
    };
  });
}

/** Opens a file of checkpoints for reading alone, and closes it after `work`; see `sqliteError`. */
export function withReadOnly<T>(path: string, work: (db: DatabaseSync) => T, remedy = REMEDY): T {
  if (!existsSync(path)) throw new AppError('not_found', `there is no file ${path}`);
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS_MAX });
    return work(db);
  } catch (thrown) {
    throw sqliteError(thrown, path, remedy);
  } finally {
    db?.close();
  }
}

function requireThisVersion(db: DatabaseSync, path: string): void {
  if (versionOf(db, path) === SCHEMA_VERSION) return;
  throw new AppError(
    'invalid',
    `${path} was written by an older logkit-fleet; start the agent once, which brings it up to date`,
  );
}

function positionsOf(db: DatabaseSync, runner: string): ReadonlyMap<string, unknown> {
  const rows = db.prepare('SELECT source, position FROM positions WHERE runner = ?').all(runner);
  return new Map(
    rows.map((row): [string, unknown] => {
      const { source, position } = PositionRow.parse(row);
      return [source, JSON.parse(position)];
    }),
  );
}

function bufferedOf(db: DatabaseSync, runner: string, sender: string): BufferedRange[] {
  const table = new BufferTable(db);
  const ranges: BufferedRange[] = [];
  let afterSeq = -1;
  for (;;) {
    const rows = table.list({ runner, sender, afterSeq, max: BUFFERED_AT_ONCE });
    ranges.push(...rows.map(({ range }) => ({ sender, ...range })));
    const last = rows.at(-1);
    if (last === undefined) return ranges;
    afterSeq = last.seq;
  }
}
