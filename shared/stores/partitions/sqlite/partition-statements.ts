import type { DatabaseSync } from 'node:sqlite';
import { COLUMNS } from './partition-columns.ts';

const HELD = "status IN ('claimed', 'running')";
const FILTER = `(?3 IS NULL OR status IN (SELECT value FROM json_each(?3)))
  AND (?4 IS NULL OR worker = ?4)`;

/** By the indexes of partition-schema.ts, whose conditions stand here word by word. */
export function prepareStatements(db: DatabaseSync) {
  const select = (rest: string) => {
    const statement = db.prepare(
      `SELECT ${COLUMNS} FROM partitions WHERE namespace = ?1 AND ${rest}`,
    );
    statement.setReturnArrays(true);
    return statement;
  };
  return {
    /** Another one than before: some other connection has written. */
    version: db.prepare('PRAGMA data_version'),
    namespace: db.prepare(
      `SELECT incarnation, candidate, epoch, leader_until, CAST(planned_to AS TEXT) AS planned_to,
         last_partition, last_token, mark, is_paused, pending, claimed, running, completed, failed, dead
       FROM namespaces WHERE id = ?`,
    ),
    setNamespace: db.prepare(
      `UPDATE namespaces SET candidate = ?, epoch = ?, leader_until = ?, planned_to = ?,
         last_partition = ?, last_token = ?, mark = ?, is_paused = ?,
         pending = ?, claimed = ?, running = ?, completed = ?, failed = ?, dead = ?
       WHERE id = ?`,
    ),
    counted: db.prepare(
      'SELECT status, count(*) AS count FROM partitions WHERE namespace = ? GROUP BY status',
    ),
    get: select('id = ?2'),
    ready: select("status = 'pending' ORDER BY priority DESC, id LIMIT ?2"),
    expired: select(`${HELD} AND lease_until <= ?2 ORDER BY lease_until LIMIT ?3`),
    due: select("status = 'failed' AND next_run <= ?2 ORDER BY next_run LIMIT ?3"),
    heldCounts: db.prepare(
      `SELECT worker, count(*) AS held FROM partitions WHERE namespace = ? AND ${HELD}
       GROUP BY worker`,
    ),
    heldBy: select(`${HELD} AND worker = ?2 ORDER BY id`),
    list: select(`id > ?2 AND ${FILTER} AND ?5 IS NULL ORDER BY id LIMIT ?6`),
    listOfIds: select(
      `id > ?2 AND ${FILTER} AND id IN (SELECT value FROM json_each(?5)) ORDER BY id LIMIT ?6`,
    ),
    taken: db.prepare(
      `SELECT 1 FROM partitions
       WHERE namespace = ? AND partitions."min" <= ? AND partitions."max" >= ? LIMIT 1`,
    ),
    insert: db.prepare(`INSERT INTO partitions VALUES (${Array(19).fill('?').join(', ')})`),
    update: db.prepare(
      `UPDATE partitions SET status = ?, worker = ?, token = ?, version = ?, attempts = ?,
         next_run = ?, heartbeat = ?, lease_until = ?, error = ?, options = ?, checkpoint = ?,
         priority = ?, items = ?, updated = ?
       WHERE namespace = ? AND id = ?`,
    ),
    /** The same, where it only goes from hand to hand. */
    hand: db.prepare(
      `UPDATE partitions SET status = ?, worker = ?, token = ?, version = ?, heartbeat = ?,
         lease_until = ?, updated = ?
       WHERE namespace = ? AND id = ?`,
    ),
    renew: db.prepare(
      'UPDATE partitions SET lease_until = ?, heartbeat = ? WHERE namespace = ? AND id = ?',
    ),
    remove: db.prepare('DELETE FROM partitions WHERE namespace = ? AND id = ?'),
    workers: db.prepare('SELECT * FROM workers WHERE namespace = ?'),
    setWorker: db.prepare('INSERT OR REPLACE INTO workers VALUES (?, ?, ?, ?, ?)'),
    command: db.prepare('SELECT * FROM commands WHERE namespace = ? AND id = ?'),
    setCommand: db.prepare('INSERT OR REPLACE INTO commands VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    pendingCommands: db.prepare(
      'SELECT * FROM commands WHERE namespace = ? AND done IS NULL ORDER BY submitted LIMIT ?',
    ),
    forgetCommands: db.prepare('DELETE FROM commands WHERE namespace = ? AND done < ?'),
    dropWorker: db.prepare('DELETE FROM workers WHERE namespace = ? AND worker = ?'),
  };
}
