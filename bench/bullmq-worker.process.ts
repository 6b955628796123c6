import { Worker } from 'bullmq';
import { z } from 'zod';
import { serveWork } from './coordinator/work-side.ts';

/** A worker of BullMQ that does what costs nothing. */

const Opening = z.object({ port: z.int(), queue: z.string(), concurrency: z.int() });

serveWork(Opening, ({ port, queue, concurrency }, tally) => {
  const worker = new Worker(queue, async () => 1, {
    ...{ connection: { host: '127.0.0.1', port, maxRetriesPerRequest: null } },
    ...{ concurrency, autorun: false },
  });
  worker.on('completed', () => tally.lived(1));
  return {
    open: async () => {
      await worker.waitUntilReady();
    },
    begin: () => void worker.run(),
    end: () => worker.close(),
  };
});
