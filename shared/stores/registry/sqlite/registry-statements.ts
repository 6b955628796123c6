import type { DatabaseSync } from 'node:sqlite';

/** By the indexes of registry-schema.ts. */
export function prepareStatements(db: DatabaseSync) {
  const columns = 'id, service, revision, record';
  return {
    find: db.prepare(`SELECT ${columns} FROM registry_instances WHERE registry = ? AND id = ?`),
    isThere: db.prepare('SELECT 1 FROM registry_instances WHERE registry = ? AND id = ?'),
    list: db.prepare(
      `SELECT ${columns} FROM registry_instances WHERE registry = ? AND id > ? ORDER BY id LIMIT ?`,
    ),
    listOf: db.prepare(
      `SELECT ${columns} FROM registry_instances
       WHERE registry = ? AND service = ? AND id > ? ORDER BY id LIMIT ?`,
    ),
    changed: db.prepare(
      `SELECT ${columns} FROM registry_instances
       WHERE registry = ? AND revision > ? ORDER BY revision LIMIT ?`,
    ),
    put: db.prepare('INSERT OR REPLACE INTO registry_instances VALUES (?, ?, ?, ?, ?)'),
    remove: db.prepare('DELETE FROM registry_instances WHERE registry = ? AND id = ?'),

    services: db.prepare(
      `SELECT service AS name, instances FROM registry_service_counts
       WHERE registry = ? ORDER BY service`,
    ),
    count: db.prepare(
      `INSERT INTO registry_service_counts VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET instances = instances + excluded.instances`,
    ),
    dropCount: db.prepare(
      `DELETE FROM registry_service_counts WHERE registry = ? AND service = ? AND instances = 0`,
    ),

    removed: db.prepare(
      `SELECT id, service, revision FROM registry_removed
       WHERE registry = ? AND revision > ? ORDER BY revision LIMIT ?`,
    ),
    bury: db.prepare('INSERT OR REPLACE INTO registry_removed VALUES (?, ?, ?, ?)'),
    unbury: db.prepare('DELETE FROM registry_removed WHERE registry = ? AND id = ?'),
    /** The latest that is not among the last so many. */
    forgettable: db.prepare(
      `SELECT revision FROM registry_removed WHERE registry = ?
       ORDER BY revision DESC LIMIT 1 OFFSET ?`,
    ),
    forget: db.prepare('DELETE FROM registry_removed WHERE registry = ? AND revision <= ?'),

    events: db.prepare(
      'SELECT event FROM registry_events WHERE registry = ? AND id = ? ORDER BY nth DESC',
    ),
    lastEvent: db.prepare(
      'SELECT max(nth) AS nth FROM registry_events WHERE registry = ? AND id = ?',
    ),
    addEvent: db.prepare('INSERT INTO registry_events VALUES (?, ?, ?, ?)'),
    dropEvents: db.prepare(
      'DELETE FROM registry_events WHERE registry = ? AND id = ? AND nth <= ?',
    ),
  };
}
