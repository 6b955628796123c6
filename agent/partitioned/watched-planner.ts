import {
  type PiecePlanner,
  type Planner,
  plansPieces,
} from '../../shared/coordinator/processor.ts';

/** A planner that tells whenever it could plan. */
export function watchedPlanner(
  planner: Planner | PiecePlanner,
  onPlanned: () => void,
): Planner | PiecePlanner {
  const planned = <T>(plan: T): T => {
    onPlanned();
    return plan;
  };
  if (plansPieces(planner)) {
    return {
      nextPieces: async (mark, limit, signal) =>
        planned(await planner.nextPieces(mark, limit, signal)),
    };
  }
  return {
    partitionSize: (signal) => planner.partitionSize(signal),
    nextMaxId: async (startId, rangeSize, signal) =>
      planned(await planner.nextMaxId(startId, rangeSize, signal)),
    ...(planner.hasData !== undefined && {
      hasData: async (min, max, signal) => (await planner.hasData?.(min, max, signal)) ?? true,
    }),
  };
}
