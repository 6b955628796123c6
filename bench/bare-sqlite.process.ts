import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { serveWork, type Tally } from './coordinator/work-side.ts';

/** The floor under partitions in SQLite: claims and completes whole batches, one after another. */

const LEASE_MS = 60_000;

const Opening = z.object({ path: z.string(), lives: z.int(), batch: z.int() });
type Opening = z.infer<typeof Opening>;

serveWork(Opening, (opening, tally) => {
  const db = new DatabaseSync(opening.path);
  return {
    open: async () => lay(db, opening),
    begin: () => work(db, opening, tally),
    end: async () => db.close(),
  };
});

/** As durable as ours. */
function lay(db: DatabaseSync, { lives }: Opening): void {
  db.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE partitions (
      id INTEGER PRIMARY KEY, status TEXT NOT NULL, token INTEGER NOT NULL, lease_until REAL NOT NULL
    ) STRICT;
    CREATE INDEX ready ON partitions (id) WHERE status = 'pending';
    BEGIN`);
  const insert = db.prepare("INSERT INTO partitions VALUES (?, 'pending', 0, 0)");
  for (let id = 1; id <= lives; id += 1) insert.run(id);
  db.exec('COMMIT');
}

function work(db: DatabaseSync, { batch }: Opening, tally: Tally): void {
  const claim = db.prepare(
    `UPDATE partitions SET status = 'claimed', token = ?1 + id, lease_until = ?2
     WHERE id IN (SELECT id FROM partitions WHERE status = 'pending' ORDER BY id LIMIT ?3)
     RETURNING id, token`,
  );
  const complete = db.prepare('DELETE FROM partitions WHERE id = ? AND token = ?');
  for (let token = 0; ; token += batch) {
    const claimed = inTransaction(db, () => claim.all(token, Date.now() + LEASE_MS, batch));
    if (claimed.length === 0) return;
    inTransaction(db, () => {
      for (const { id = 0, token: shown = 0 } of claimed) complete.run(id, shown);
    });
    tally.lived(claimed.length);
  }
}

function inTransaction<T>(db: DatabaseSync, act: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  const result = act();
  db.exec('COMMIT');
  return result;
}
