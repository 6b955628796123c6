import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Coordinator, openPartitionStore } from '../../shared/coordinator/library.ts';

/**
 * `node coordinator.process.ts <store.db> <sink.db> <worker> <last id>`: works on partitions together
 * with others until it is killed, or told to stop. The sink takes a partition as a whole, in the
 * place of what was there, and nothing with an older token than it has seen.
 */
const [storePath = '', sinkPath = '', workerId = '', last = '0'] = process.argv.slice(2);
const SIZE = 10n;
const TASK_MS = 20;

const sink = new DatabaseSync(sinkPath, { timeout: 10_000 });
sink.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
sink.exec('CREATE TABLE IF NOT EXISTS tokens (part INTEGER PRIMARY KEY, token INTEGER NOT NULL)');
sink.exec('CREATE TABLE IF NOT EXISTS items (id INTEGER NOT NULL, part INTEGER NOT NULL)');
const seen = sink.prepare('SELECT token FROM tokens WHERE part = ?');
const see = sink.prepare('INSERT OR REPLACE INTO tokens VALUES (?, ?)');
const forget = sink.prepare('DELETE FROM items WHERE part = ?');
const put = sink.prepare('INSERT INTO items VALUES (?, ?)');

const store = await openPartitionStore({ type: 'sqlite', path: storePath }, 'work');
const coordinator = new Coordinator({
  ...{ workerId, store },
  planner: {
    partitionSize: async () => SIZE,
    nextMaxId: async (startId, rangeSize) => {
      const max = startId + rangeSize - 1n;
      return max < BigInt(last) ? max : BigInt(last);
    },
  },
  processor: {
    process: async (minId, maxId, _options, { token }) => {
      await delay(TASK_MS);
      sink.exec('BEGIN IMMEDIATE');
      const known = Number(seen.get(minId)?.['token'] ?? 0);
      if (known <= token) {
        see.run(minId, token);
        forget.run(minId);
        for (let id = minId; id <= maxId; id += 1n) put.run(id, minId);
      }
      sink.exec('COMMIT');
      if (known > token) throw new Error('the sink has seen a newer token');
      return Number(maxId - minId) + 1;
    },
  },
  options: {
    task_window: 4,
    heartbeat_interval_ms: 200,
    partition_lock_expiry_ms: 1_000,
    leader_lock_expiry_ms: 1_000,
    allocation_interval_ms: 100,
    tend_interval_ms: 200,
    claim_interval_ms: 50,
    attempts_max: 20,
    worker_partition_multiple: 20,
  },
});
process.on('SIGTERM', () => {
  void coordinator.stop().then(() => store.close());
});
coordinator.start();
process.stdout.write('started\n');
