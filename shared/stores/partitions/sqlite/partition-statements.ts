import type { DatabaseSync } from 'node:sqlite';

/** What a namespace is asked and told of all but its partitions. */
export function prepareStatements(db: DatabaseSync) {
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
