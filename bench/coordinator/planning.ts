import { CoordinatorOptions } from '../../shared/coordinator/coordinator-options.ts';
import { lead } from '../../shared/coordinator/leader.ts';
import { openPartitionStore, type PartitionPlace } from '../../shared/coordinator/library.ts';
import { systemClock } from '../../shared/kernel/clock.ts';

const CANDIDATE = 'the leader';
const LONG_MS = 10 * 60_000;

interface PlanningAsked {
  readonly place: PartitionPlace;
  readonly namespace: string;
  readonly activeWorkers: number;
  readonly partitions: number;
}

/** A real leader plans until so many partitions wait, as many ahead as that many workers want. */
export async function planning({
  place,
  namespace,
  activeWorkers,
  partitions,
}: PlanningAsked): Promise<{ readonly us_a_partition: number; readonly plans: number }> {
  const store = await openPartitionStore(place, namespace);
  for (let nth = 0; nth < activeWorkers; nth += 1) {
    const worker = { workerId: `worker-${nth}`, held: [] };
    await store.renew({ ...worker, leaseMs: LONG_MS, presenceMs: LONG_MS });
  }
  const { epoch } = await store.campaign({ candidate: CANDIDATE, leaseMs: LONG_MS });
  const over = new AbortController();
  let [planned, plans, tookMs] = [0, 0, 0];
  await lead({ candidate: CANDIDATE, epoch }, over.signal, {
    ...{ store, clock: systemClock, gaps: { searchedTo: null } },
    options: CoordinatorOptions.parse({ pending_max: partitions }),
    planner: {
      partitionSize: async () => 1n,
      nextMaxId: async (start, size) => start + size - 1n,
    },
    events: {
      planned: (made, _to, ms) => {
        planned += made;
        plans += 1;
        tookMs += ms;
        if (planned >= partitions) over.abort();
      },
      troubled: (_doing, error) => {
        throw error;
      },
    },
  });
  await store.close();
  return { us_a_partition: (tookMs * 1e3) / planned, plans };
}
