import { Queue } from 'bullmq';
import type { BenchContext } from '../support/bench-case.ts';
import { Helper } from '../support/helper.ts';
import type { Contender } from './contender.ts';

/** So many jobs are added in one call. */
const ADDED_AT_ONCE = 1_000;
const NAME = 'job';

interface BullMqAsked {
  readonly name: string;
  readonly port: number;
  readonly lives: number;
  readonly processes: number;
  readonly concurrency: number;
}

/** BullMQ with bare jobs: no retries, no delays, and nothing is kept of those that are done. */
export function bullMq(
  { name, port, lives, processes: count, concurrency }: BullMqAsked,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Contender {
  const processes = Array.from({ length: count }, () =>
    cleanup.use(new Helper('bullmq-worker.process.ts', context)),
  );
  return {
    ...{ name, processes, lives },
    lay: async (queueName) => {
      const queue = new Queue(queueName, { connection: { host: '127.0.0.1', port } });
      for (let at = 0; at < lives; at += ADDED_AT_ONCE) {
        const length = Math.min(ADDED_AT_ONCE, lives - at);
        const opts = { removeOnComplete: true };
        await queue.addBulk(
          Array.from({ length }, (_, nth) => ({ name: NAME, data: { id: at + nth }, opts })),
        );
      }
      await queue.close();
      return processes.map(() => ({ port, queue: queueName, concurrency }));
    },
  };
}
