import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlitePartitionStore } from '../../shared/stores/partitions/sqlite/sqlite-partition-store.ts';

/** What version 1 made. */
const TABLES_OF_1 = `
  CREATE TABLE place (id TEXT NOT NULL) STRICT;
  CREATE TABLE namespaces (
    id INTEGER PRIMARY KEY, namespace TEXT NOT NULL UNIQUE, incarnation TEXT NOT NULL, boot TEXT NOT NULL,
    candidate TEXT NOT NULL, epoch INTEGER NOT NULL, leader_until REAL NOT NULL,
    planned_to INTEGER, last_partition INTEGER NOT NULL, last_token INTEGER NOT NULL,
    mark TEXT NOT NULL, is_paused INTEGER NOT NULL,
    pending INTEGER NOT NULL, claimed INTEGER NOT NULL, running INTEGER NOT NULL,
    completed INTEGER NOT NULL, failed INTEGER NOT NULL, dead INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE partitions (
    namespace INTEGER NOT NULL, id INTEGER NOT NULL, "min" INTEGER NOT NULL, "max" INTEGER NOT NULL,
    status TEXT NOT NULL, worker TEXT NOT NULL, token INTEGER NOT NULL, version INTEGER NOT NULL,
    attempts INTEGER NOT NULL, priority INTEGER NOT NULL, next_run REAL NOT NULL,
    heartbeat REAL NOT NULL, lease_until REAL NOT NULL, error TEXT NOT NULL,
    options TEXT NOT NULL, checkpoint TEXT NOT NULL, items INTEGER NOT NULL,
    created REAL NOT NULL, updated REAL NOT NULL,
    PRIMARY KEY (namespace, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX partitions_ready ON partitions (namespace, priority DESC, id)
    WHERE status = 'pending';
  CREATE INDEX partitions_leased ON partitions (namespace, lease_until)
    WHERE status IN ('claimed', 'running');
  CREATE INDEX partitions_due ON partitions (namespace, next_run) WHERE status = 'failed';
  CREATE INDEX partitions_over ON partitions (namespace, id) WHERE status IN ('failed', 'dead');
  CREATE TABLE completed (
    namespace INTEGER NOT NULL, kind TEXT NOT NULL, "min" INTEGER NOT NULL, "max" INTEGER NOT NULL,
    PRIMARY KEY (namespace, kind, "min")
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE commands (
    namespace INTEGER NOT NULL, id TEXT NOT NULL, submitted REAL NOT NULL, done REAL,
    ids TEXT NOT NULL, is_forced INTEGER NOT NULL, most INTEGER NOT NULL,
    retried TEXT NOT NULL, skipped TEXT NOT NULL, PRIMARY KEY (namespace, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX commands_done ON commands (namespace, done, submitted);
  CREATE TABLE workers (
    namespace INTEGER NOT NULL, worker TEXT NOT NULL, since REAL NOT NULL, last_seen REAL NOT NULL,
    until REAL NOT NULL, PRIMARY KEY (namespace, worker)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE documents (
    namespace TEXT NOT NULL PRIMARY KEY, incarnation TEXT NOT NULL, boot TEXT NOT NULL,
    restarts INTEGER NOT NULL, revision INTEGER NOT NULL, "text" TEXT NOT NULL
  ) STRICT;
  CREATE TABLE locks (
    namespace TEXT NOT NULL, name TEXT NOT NULL, holder TEXT NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (namespace, name)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 1;`;

describe('a SQLite file of partitions', () => {
  let dir: string;
  let path: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'partitions-'));
    path = join(dir, 'p.db');
  });
  afterEach(() => rm(dir, { recursive: true }));

  function write(sql: string): void {
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
  }

  it('of version 1 is brought up to date, and goes on where it was', async () => {
    write(`${TABLES_OF_1}
      INSERT INTO place VALUES ('here');
      INSERT INTO namespaces
      VALUES (7, 'old', 'data', '', '', 3, 0, 60, 6, 40, '', 0, 3, 1, 0, 1, 0, 1);
      INSERT INTO partitions VALUES
        (7, 2, 11, 20, 'claimed', 'a', 40, 2, 0, 0, 0, 5, 9, '', '{}', '{"at":3}', 0, 1, 5),
        (7, 3, 21, 30, 'pending', '', 0, 1, 0, 0, 0, 0, 0, '', '{}', 'null', 0, 1, 1),
        (7, 4, 31, 40, 'pending', '', 0, 1, 0, 0, 0, 0, 0, '', '{}', 'null', 0, 1, 1),
        (7, 5, 41, 50, 'dead', '', 39, 4, 3, 0, 0, 2, 0, 'it broke', '{}', 'null', 0, 1, 4),
        (7, 6, 51, 60, 'pending', '', 0, 1, 0, 9, 0, 0, 0, '', '{"of":6}', 'null', 0, 1, 1);
      INSERT INTO completed VALUES (7, 'span', 1, 10), (7, 'id', 1, 1);`);

    const store = await openSqlitePartitionStore({ path, namespace: 'old' });

    expect(store.identity).toEqual({ id: 'here', incarnation: 'data' });
    expect(await store.partition(2)).toMatchObject({
      ...{ min: 11n, max: 20n, status: 'claimed', workerId: 'a', token: 40, version: 2 },
      ...{ checkpoint: { at: 3 }, lastHeartbeatMs: 5, createdAtMs: 1, updatedAtMs: 5 },
    });
    expect(await store.partition(5)).toMatchObject({ status: 'dead', error: 'it broke' });
    expect(await store.settle([{ id: 2, token: 40, event: 'complete', items: 1 }])).toEqual([
      'done',
    ]);
    const claimed = await store.claim({
      ...{ workerId: 'b', limit: 9, leaseMs: 60_000, attemptsMax: 3 },
      ...{ isPreempting: false, isReturning: false },
    });
    expect(claimed.map(({ id, min, max, options }) => ({ id, min, max, options }))).toEqual([
      { id: 6, min: 51n, max: 60n, options: { of: 6 } },
      { id: 3, min: 21n, max: 30n, options: {} },
      { id: 4, min: 31n, max: 40n, options: {} },
    ]);
    expect(await store.completedRanges({ min: 1n, max: 60n })).toEqual([{ min: 1n, max: 20n }]);
    const { were, are } = await store.recount();
    expect(were).toEqual(are);
    await store.close();
  });

  it('of a newer version is refused', async () => {
    write('PRAGMA user_version = 99');

    await expect(openSqlitePartitionStore({ path, namespace: 'n' })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('was written by a newer logkit-fleet'),
    });
  });
});
