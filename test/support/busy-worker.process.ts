import { statSync } from 'node:fs';
import {
  Coordinator,
  openPartitionStore,
  PartitionPlace,
  threadBeater,
} from '../../shared/coordinator/library.ts';

/**
 * `node busy-worker.process.ts <place as JSON> <ms> [file]`: works on one partition, and lets its
 * event loop do nothing else meanwhile, for so long or until there is such a file. It says when it
 * begins, and how that ended.
 */
const [text = '', ms = '0', file = ''] = process.argv.slice(2);
const LEASE_MS = 2_000;
const SILENCE_MS = 10 * LEASE_MS;

const place = PartitionPlace.parse(JSON.parse(text));
const store = await openPartitionStore(place, 'busy');
const coordinator = new Coordinator({
  ...{ workerId: 'busy', store },
  beater: threadBeater({ place, namespace: 'busy' }),
  planner: { partitionSize: async () => 10n, nextMaxId: async () => 10n },
  processor: {
    process: async () => {
      process.stdout.write('begins\n');
      const isThere = () => statSync(file, { throwIfNoEntry: false }) !== undefined;
      const untilMs = Date.now() + Number(ms);
      while (file === '' ? Date.now() < untilMs : !isThere());
      return 10;
    },
  },
  events: { ended: (_partition, { how }) => void process.stdout.write(`ends: ${how}\n`) },
  options: {
    heartbeat_interval_ms: 200,
    partition_lock_expiry_ms: LEASE_MS,
    leader_lock_expiry_ms: LEASE_MS,
    allocation_interval_ms: 100,
    claim_interval_ms: 50,
    unresponsive_after_ms: file === '' ? SILENCE_MS : LEASE_MS,
  },
});
coordinator.start();
await new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()));
await coordinator.stop();
await store.close();
