import { Pool } from 'pg';
import {
  Coordinator,
  openPartitionStore,
  PartitionPlace,
} from '../../shared/coordinator/library.ts';
import { hasStoreCode } from '../../shared/stores/partitions/store-errors.ts';
import { take } from '../partitions/guarded-sink.ts';

/**
 * `node partition-worker.process.ts <place as JSON> <postgres port> <worker> <last id>`: works on
 * partitions together with others until it is told to stop, and says "store_lost" when its store's
 * data are gone.
 */
const [place = '', port = '', workerId = '', last = '0'] = process.argv.slice(2);
const SIZE = 10n;
/** Of nine processes, to a server that takes a hundred. */
const CONNECTIONS = 8;
const LAST = BigInt(last);

const sink = new Pool({
  ...{ host: '127.0.0.1', port: Number(port), user: 'postgres', max: CONNECTIONS },
});
const store = await openPartitionStore(PartitionPlace.parse(JSON.parse(place)), 'work');
const coordinator = new Coordinator({
  ...{ workerId, store },
  planner: {
    partitionSize: async () => SIZE,
    nextMaxId: async (startId, rangeSize) => {
      const max = startId + rangeSize - 1n;
      return max < LAST ? max : LAST;
    },
  },
  processor: {
    process: async (min, max, _options, { token }) => {
      const isTaken = await take(sink, { min, max, token });
      if (!isTaken) throw new Error('the sink has seen a newer token');
      return Number(max - min) + 1;
    },
  },
  events: {
    troubled: (_doing, error) => {
      if (hasStoreCode(error, 'store_lost')) process.stdout.write('store_lost\n');
    },
  },
  options: {
    task_window: 20,
    heartbeat_interval_ms: 500,
    partition_lock_expiry_ms: 2_000,
    leader_lock_expiry_ms: 2_000,
    allocation_interval_ms: 100,
    tend_interval_ms: 200,
    claim_interval_ms: 50,
    retry_first_ms: 100,
    retry_max_ms: 1_000,
    attempts_max: 100,
    breaker_open_ms: 500,
    worker_partition_multiple: 100,
  },
});
coordinator.start();
process.stdout.write('started\n');
await new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()));
await coordinator.stop();
await store.close();
await sink.end();
