import { hostname } from 'node:os';
import { Coordinator, openPartitionStore } from '../../shared/coordinator/library.ts';
import { runExample, say } from '../run-example.ts';
import { openDatabase } from './database.ts';
import { recordPlanner, recordProcessor } from './record-work.ts';

/** Processes all records of a table, together with all others that are started like this. */
const {
  DATABASE_URL: databaseUrl = 'postgres://postgres@localhost:5432/postgres',
  STORE_PATH: path = 'database-batch.db',
  WORKER_ID: workerId = `${hostname()}-1`,
} = process.env;

await runExample(async (stopAsked) => {
  const pool = await openDatabase(databaseUrl);
  // All processes of one host; for several hosts: { type: 'redis', url: 'redis://host:6379/0' }.
  const store = await openPartitionStore({ type: 'sqlite', path }, 'database-batch');
  const coordinator = new Coordinator({
    ...{ workerId, store, planner: recordPlanner(pool), processor: recordProcessor(pool) },
    options: {
      task_window: 4,
      allocation_interval_ms: 1_000,
      heartbeat_interval_ms: 1_000,
      partition_lock_expiry_ms: 5_000,
      leader_lock_expiry_ms: 5_000,
    },
    events: {
      ended: ({ min, max, token }, end) => say(`${min} to ${max}, token ${token}: ${end.how}`),
    },
  });
  coordinator.start();
  say(`worker ${workerId} is at work; Ctrl-C stops it`);
  await stopAsked;
  await coordinator.stop();
  await store.close();
  await pool.end();
});
