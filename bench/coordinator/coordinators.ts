import type { PartitionPlace } from '../../shared/coordinator/library.ts';
import type { BenchContext } from '../support/bench-case.ts';
import { Helper } from '../support/helper.ts';
import type { Contender } from './contender.ts';
import { layPile } from './pile.ts';

export interface CoordinatorsAsked {
  readonly name: string;
  readonly place: PartitionPlace;
  readonly lives: number;
  readonly processes: number;
  readonly workersAProcess: number;
  /** How many partitions each worker has at work at a time. */
  readonly window: number;
  /** How long a processor takes on average, half of it or half more; 0: no time at all. */
  readonly workMs: number;
}

/** Real coordinators on a store, in processes of their own. */
export function coordinators(
  asked: CoordinatorsAsked,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Contender {
  const { name, place, lives, window, workMs } = asked;
  const processes = Array.from({ length: asked.processes }, () =>
    cleanup.use(new Helper('coordinators.process.ts', context)),
  );
  return {
    ...{ name, processes, lives },
    lay: async (namespace) => {
      await layPile(place, namespace, lives);
      return processes.map((_, nth) => ({
        ...{ place, namespace, window, workMs },
        workers: Array.from({ length: asked.workersAProcess }, (_, each) => `${nth}-${each}`),
      }));
    },
  };
}
