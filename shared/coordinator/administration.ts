import { createHash, randomBytes } from 'node:crypto';
import type { IdRange } from '../domain/id-range.ts';
import type { PartitionSearch } from '../domain/partition-search.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type {
  KeptCommand,
  PartitionStore,
  RetryRequest,
} from '../stores/partitions/partition-store.ts';
import type { Coordinator } from './coordinator.ts';
import { explain } from './explanation.ts';
import { type FoundPartitions, findPartitions, type PartitionPage } from './find-partitions.ts';
import { type GapMode, type GapReport, searchGaps } from './gap-search.ts';
import type { PiecePlanner, Planner } from './processor.ts';

/** One command tries no more partitions again than this; another one goes on. */
const RETRIED_MAX = 100_000;
const RANDOM_BYTES = 6;

interface AdministrationDeps {
  readonly store: PartitionStore;
  readonly coordinator: Coordinator;
  readonly planner: Planner | PiecePlanner;
  readonly clock?: Clock;
}

export interface RetryOrder {
  /** Null or empty: all that failed. */
  readonly ids: readonly number[] | null;
  /** Also those whose holders' leases are over. */
  readonly isForced: boolean;
  /** Whether the answer is to wait until it is done. */
  readonly isImmediate: boolean;
  /** The same order again, as its sender says; null: a new one. */
  readonly key: string | null;
}

/** What people and programs may ask of a namespace of partitioned work, and tell it to do. */
export class Administration {
  readonly #deps: Required<AdministrationDeps>;

  constructor(deps: AdministrationDeps) {
    this.#deps = { clock: systemClock, ...deps };
  }

  get store(): PartitionStore {
    return this.#deps.store;
  }

  get coordinator(): Coordinator {
    return this.#deps.coordinator;
  }

  /** Keeps the order before anything is done; done it is once, however often the key comes. */
  async retry({ ids, isForced, isImmediate, key }: RetryOrder): Promise<KeptCommand> {
    const { store, coordinator } = this.#deps;
    const all = ids === null || ids.length === 0;
    const retry: RetryRequest = { ids: all ? null : ids, isForced, limit: RETRIED_MAX };
    const kept = await store.submit({ id: this.#commandId(key), retry });
    if (!isImmediate) return kept;
    const done = await store.execute(kept.id);
    coordinator.worker.nudge();
    return done ?? kept;
  }

  find(search: PartitionSearch, page: PartitionPage): Promise<FoundPartitions> {
    return findPartitions(this.#deps.store, search, page, this.#deps.clock.now());
  }

  async explain(id: number): Promise<readonly string[]> {
    const { store, clock, coordinator } = this.#deps;
    const { storeLoss } = coordinator;
    if (storeLoss !== null) return [`All stands still: ${storeLoss.message}.`];
    const [partition, isCompleted, workers, { leader }, { isPaused }] = await Promise.all([
      store.partition(id),
      store.isCompleted(id),
      store.workers(),
      store.leadership(),
      store.planState(),
    ]);
    return explain(id, { partition, isCompleted, workers, leader, isPaused, nowMs: clock.now() });
  }

  /**
   * @throws AppError `conflict` when gaps are to be filled and another process leads.
   */
  async gaps(mode: GapMode, isToFill: boolean, signal: AbortSignal): Promise<GapReport | null> {
    const { store, planner, clock, coordinator } = this.#deps;
    const { turn } = coordinator.candidate;
    if (isToFill && turn === null) {
      const { leader } = await store.leadership();
      const who = leader === '' ? 'nobody leads now' : `${leader} leads`;
      throw new AppError('conflict', `only the leader fills gaps, and ${who}`);
    }
    const within = await this.#planned();
    if (within === null) return null;
    const epoch = isToFill ? (turn?.epoch ?? null) : null;
    return searchGaps({ epoch, within, mode }, { store, planner, clock, signal });
  }

  /** Null: nothing was planned yet. */
  async #planned(): Promise<IdRange | null> {
    const { store, coordinator } = this.#deps;
    const { plannedTo } = await store.planState();
    return plannedTo === null ? null : { min: coordinator.firstId, max: plannedTo };
  }

  /** As the original forms them, and never the same twice. */
  #commandId(key: string | null): string {
    if (key !== null) return `cmd-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
    const time = new Date(this.#deps.clock.now()).toISOString().replaceAll(/\D/g, '').slice(0, 14);
    return `cmd-${time}-${randomBytes(RANDOM_BYTES).toString('hex')}`;
  }
}
