import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import {
  Coordinator,
  openPartitionStore,
  PartitionPlace,
  type PartitionStore,
} from '../shared/coordinator/library.ts';
import { hostMs } from './coordinator/work-questions.ts';
import { serveWork, type Tally } from './coordinator/work-side.ts';

/** Coordinators of one namespace, each on a store that it has to itself, that do what costs nothing. */

const Opening = z.object({
  place: PartitionPlace,
  namespace: z.string(),
  workers: z.array(z.string()),
  window: z.int(),
  workMs: z.number(),
});
type Opening = z.infer<typeof Opening>;

serveWork(Opening, (opening, tally) => {
  const stores: PartitionStore[] = [];
  const coordinators: Coordinator[] = [];
  return {
    open: async () => {
      for (const workerId of opening.workers) {
        const store = await openPartitionStore(opening.place, opening.namespace);
        stores.push(store);
        coordinators.push(coordinatorOf(workerId, store, opening, tally));
      }
    },
    begin: () => {
      for (const coordinator of coordinators) coordinator.start();
    },
    end: async () => {
      await Promise.all(coordinators.map((coordinator) => coordinator.stop()));
      await Promise.all(stores.map((store) => store.close()));
    },
  };
});

function coordinatorOf(
  workerId: string,
  store: PartitionStore,
  { window, workMs }: Opening,
  tally: Tally,
): Coordinator {
  return new Coordinator({
    ...{ workerId, store: timed(store, tally), options: { task_window: window } },
    planner: { partitionSize: async () => 1n, nextMaxId: async (startId) => startId - 1n },
    processor: {
      process: async () => {
        if (workMs > 0) await delay(workMs * (0.5 + Math.random()));
        return 1;
      },
    },
    events: {
      ended: (_partition, { how }) => {
        if (how === 'completed') tally.lived(1);
      },
    },
  });
}

/** Of each claim that got something it is kept how long it took, but for the first: all begin at once. */
function timed(store: PartitionStore, { claimsMs }: Tally): PartitionStore {
  let hasClaimed = false;
  const claim: PartitionStore['claim'] = async (request) => {
    const startMs = hostMs();
    const claimed = await store.claim(request);
    if (hasClaimed && claimed.length > 0) claimsMs.push(hostMs() - startMs);
    hasClaimed = true;
    return claimed;
  };
  return new Proxy(store, {
    get: (target, name): unknown => {
      const member: unknown = name === 'claim' ? claim : Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
