import { hostname } from 'node:os';
import { Coordinator, openPartitionStore } from '../../shared/coordinator/library.ts';
import { runExample, say } from '../run-example.ts';
import { messagePlanner, messageProcessor } from './message-work.ts';
import { MessageQueue } from './queue.ts';

/** Processes all messages of a queue, together with all others that are started like this. */
const {
  REDIS_ADDR: redisAddr = 'localhost:6379',
  WORKER_ID: workerId = `${hostname()}-1`,
  WORK_MS: workMs = '1',
} = process.env;

await runExample(async (stopAsked) => {
  const queue = await MessageQueue.open(redisAddr);
  const url = redisAddr.includes('://') ? redisAddr : `redis://${redisAddr}/0`;
  const store = await openPartitionStore({ type: 'redis', url }, 'message-queue');
  const coordinator = new Coordinator({
    ...{ workerId, store, planner: messagePlanner(queue) },
    processor: messageProcessor({ queue, workMs: Number(workMs), log: say }),
    options: {
      task_window: 4,
      allocation_interval_ms: 1_000,
      heartbeat_interval_ms: 1_000,
      partition_lock_expiry_ms: 3_000,
      leader_lock_expiry_ms: 3_000,
    },
  });
  coordinator.start();
  say(`worker ${workerId} is at work; Ctrl-C stops it`);
  await stopAsked;
  await coordinator.stop();
  await store.close();
  queue.close();
});
