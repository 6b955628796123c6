import { ID_MAX, sizeOf } from '../domain/id-range.ts';
import { AppError } from '../kernel/errors.ts';
import type { Plans } from '../stores/partitions/partition-store.ts';
import type { CoordinatorOptions } from './coordinator-options.ts';
import { cutRange } from './cut-range.ts';
import { type PiecePlanner, type Planner, plansPieces } from './processor.ts';

export interface NextPlan {
  readonly plan: Omit<Parameters<Plans['plan']>[0], 'epoch'>;
  /** The planner gave all that it was asked for: it may have more. */
  readonly isMore: boolean;
}

interface PlanningDeps {
  readonly store: Plans;
  readonly planner: Planner | PiecePlanner;
  readonly options: CoordinatorOptions;
}

/**
 * What to plan behind what is planned already, `count` partitions at most; null: nothing now.
 * @throws AppError `invalid` for a planner that does not keep to its contract, and whatever it throws.
 */
export async function nextPlan(
  count: number,
  signal: AbortSignal,
  { store, planner, options }: PlanningDeps,
): Promise<NextPlan | null> {
  const { plannedTo: after, mark } = await store.planState();
  const ahead = { after, start: after === null ? options.first_id : after + 1n, count };
  return plansPieces(planner)
    ? nextOfPieces(planner, { ...ahead, mark }, signal)
    : nextOfRange(planner, ahead, signal);
}

interface Ahead {
  readonly after: bigint | null;
  /** The first ID that was not planned yet. */
  readonly start: bigint;
  readonly count: number;
}

async function nextOfRange(
  planner: Planner,
  { after, start, count }: Ahead,
  signal: AbortSignal,
): Promise<NextPlan | null> {
  if (start > ID_MAX) return null;
  const size = await planner.partitionSize(signal);
  const wanted = size * BigInt(count);
  // A planner adds the two up, and there are no IDs behind the last one.
  const left = sizeOf({ min: start, max: ID_MAX });
  const rangeSize = wanted < left ? wanted : left;
  const to = await planner.nextMaxId(start, rangeSize, signal);
  if (to < start) return null;
  const partitions = cutRange(start, to, size);
  return { plan: { after, to, partitions }, isMore: to === start + rangeSize - 1n };
}

async function nextOfPieces(
  planner: PiecePlanner,
  { after, start, count, mark: markBefore }: Ahead & { readonly mark: string },
  signal: AbortSignal,
): Promise<NextPlan | null> {
  const { pieces, mark } = await planner.nextPieces(markBefore, count, signal);
  if (pieces.length > count) {
    throw new AppError('invalid', `the planner gave ${pieces.length} pieces, asked for ${count}`);
  }
  if (pieces.length === 0) return null;
  const partitions = pieces.map(({ options }, nth) => {
    const id = start + BigInt(nth);
    return { min: id, max: id, options, priority: 0 };
  });
  const to = start + BigInt(pieces.length) - 1n;
  return { plan: { after, to, mark, partitions }, isMore: pieces.length === count };
}
