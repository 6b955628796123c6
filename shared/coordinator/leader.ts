import type { Clock } from '../kernel/clock.ts';
import type { PartitionStore, Tended, Turn } from '../stores/partitions/partition-store.ts';
import { hasStoreCode } from '../stores/partitions/store-errors.ts';
import type { CoordinatorOptions } from './coordinator-options.ts';
import { PARTITIONS_A_PLAN_MAX } from './cut-range.ts';
import { type GapReport, type GapStrategy, searchGaps } from './gap-search.ts';
import { nextPlan } from './next-plan.ts';
import type { PiecePlanner, Planner } from './processor.ts';

/** In one step: others want their turn at the store. */
const TENDED_A_STEP_MAX = 500;
const COMMANDS_A_STEP_MAX = 100;
/** What came of a command may be asked for so long. */
const COMMANDS_KEPT_MS = 24 * 60 * 60 * 1_000;
/** Workers that were killed are listed for a while, and no more of them than this. */
const INACTIVE_WORKERS_MAX = 1_000;
const FORGET_EVERY_MS = 60_000;
/** The original plans for no fewer workers than this. */
const WORKERS_MIN = 3;

export interface LeaderEvents {
  /** A turn has begun. */
  led?(turn: Turn): void;
  /** `ms`: how long it took to plan. */
  planned?(partitions: number, to: bigint, ms: number): void;
  commanded?(type: string): void;
  searched?(report: GapReport): void;
  tended?(tended: Tended): void;
  troubled?(doing: string, error: unknown): void;
}

export interface LeaderDeps {
  readonly store: PartitionStore;
  readonly planner: Planner | PiecePlanner;
  readonly clock: Clock;
  readonly options: CoordinatorOptions;
  readonly events: LeaderEvents;
  readonly gaps: GapMemory;
}

/** How gaps are looked for, and how far that has come. */
export interface GapMemory {
  readonly strategy?: GapStrategy;
  /** Null: all is to be looked at. */
  searchedTo: bigint | null;
}

/**
 * Leads for one turn: plans what is to be done, and sees to what was left undone. All of it is said
 * with the turn's epoch, so that a leader that does not know yet that its turn is over does no harm.
 */
export async function lead(turn: Turn, signal: AbortSignal, deps: LeaderDeps): Promise<void> {
  const { options, events } = deps;
  events.led?.(turn);
  const planning = {
    ...{ doing: 'plan', everyMs: options.allocation_interval_ms },
    act: () => plan(turn, signal, deps),
  };
  const searching = {
    ...{ doing: 'search gaps', everyMs: options.gap_interval_ms },
    act: () => search(turn, signal, deps),
  };
  const tending = {
    ...{ doing: 'tend', everyMs: options.tend_interval_ms },
    act: () => tend(turn, deps),
  };
  const forgetting = {
    doing: 'forget workers',
    everyMs: Math.min(FORGET_EVERY_MS, options.worker_forget_after_ms),
    act: () => forgetWorkers(deps),
  };
  const duties = [planning, tending, forgetting];
  if (options.gap_interval_ms > 0) duties.push(searching);
  await Promise.all(duties.map((duty) => again(duty, signal, deps)));
}

interface Duty {
  readonly doing: string;
  readonly everyMs: number;
  readonly act: () => Promise<void>;
}

async function again(
  { doing, everyMs, act }: Duty,
  signal: AbortSignal,
  { clock, events }: LeaderDeps,
): Promise<void> {
  const hasEnded = (): boolean => signal.aborted;
  while (!hasEnded()) {
    try {
      await act();
    } catch (thrown) {
      // Whose turn it is the candidate finds out; and what a stop has ended is as it should be.
      const isTrouble = !hasEnded() && !hasStoreCode(thrown, 'fenced');
      if (isTrouble) events.troubled?.(doing, thrown);
    }
    await clock.sleep(everyMs, signal);
  }
}

/** Plans until enough waits, or there are no more IDs. */
async function plan(turn: Turn, signal: AbortSignal, deps: LeaderDeps): Promise<void> {
  const hasEnded = (): boolean => signal.aborted;
  for (let isMore = true; isMore && !hasEnded(); ) isMore = await planOnce(turn, signal, deps);
}

/** False: there is nothing more to plan now. */
async function planOnce({ epoch }: Turn, signal: AbortSignal, deps: LeaderDeps): Promise<boolean> {
  const { store, options, events, clock } = deps;
  const startMs = clock.monotonicMs();
  const { pending } = await store.counts();
  if (pending >= options.pending_max) return false;
  const next = await nextPlan(await partitionsWanted(deps), signal, deps);
  if (next === null || signal.aborted) return false;
  const { plan, isMore } = next;
  await store.plan({ epoch, ...plan });
  events.planned?.(plan.partitions.length, plan.to, clock.monotonicMs() - startMs);
  return isMore;
}

async function partitionsWanted({ store, options }: LeaderDeps): Promise<number> {
  const active = (await store.workers()).filter(({ isActive }) => isActive).length;
  const wanted = Math.max(active, WORKERS_MIN) * options.worker_partition_multiple;
  return Math.min(wanted, PARTITIONS_A_PLAN_MAX, options.pending_max);
}

async function search({ epoch }: Turn, signal: AbortSignal, deps: LeaderDeps): Promise<void> {
  const { store, options, events, gaps } = deps;
  const { plannedTo } = await store.planState();
  const min = gaps.searchedTo === null ? options.first_id : gaps.searchedTo + 1n;
  if (plannedTo === null || plannedTo < min) return;
  const within = { min, max: plannedTo };
  const { gap_mode: mode } = options;
  const report = await searchGaps(
    { epoch, within, mode, ...(gaps.strategy !== undefined && { strategy: gaps.strategy }) },
    { ...deps, signal },
  );
  if (mode === 'incremental' && !report.isMore) gaps.searchedTo = plannedTo;
  events.searched?.(report);
}

async function tend({ epoch }: Turn, deps: LeaderDeps): Promise<void> {
  const { store, clock, options, events } = deps;
  const { attempts_max: attemptsMax } = options;
  await runCommands(deps);
  for (;;) {
    const tending = { epoch, nowMs: clock.now(), attemptsMax, limit: TENDED_A_STEP_MAX };
    const tended = await store.tend(tending);
    const { expired, buried, requeued } = tended;
    if (expired.length + buried.length + requeued.length > 0) events.tended?.(tended);
    const isMore = Math.max(expired.length + buried.length, requeued.length) >= TENDED_A_STEP_MAX;
    if (!isMore) return;
  }
}

async function forgetWorkers({ store, options }: LeaderDeps): Promise<void> {
  const { worker_forget_after_ms: silentMs } = options;
  await store.forgetWorkers({ silentMs, inactiveMax: INACTIVE_WORKERS_MAX });
}

/** Each is done once, whoever does it: nothing is lost, and nothing doubled, when two lead. */
async function runCommands({ store, clock, events }: LeaderDeps): Promise<void> {
  for (const { id } of await store.pendingCommands(COMMANDS_A_STEP_MAX)) {
    await store.execute(id);
    events.commanded?.('retry_failed_partitions');
  }
  await store.forgetCommands(clock.now() - COMMANDS_KEPT_MS);
}
