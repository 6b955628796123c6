import type { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { type RandomSource, systemRandom } from '../kernel/random.ts';
import type { IncarnationMemory } from '../stores/partitions/incarnation-memory.ts';
import type { PartitionStore } from '../stores/partitions/partition-store.ts';
import type { BeaterMaker, Beating } from './beater/beater.ts';
import { inProcessBeater } from './beater/in-process-beater.ts';
import { Candidate } from './candidate.ts';
import { ClaimBreaker, type ClaimBreakerOptions } from './claim-breaker.ts';
import { CoordinatorOptions } from './coordinator-options.ts';
import type { GapStrategy } from './gap-search.ts';
import { type GapMemory, type LeaderEvents, lead } from './leader.ts';
import type { PiecePlanner, Planner, Processor } from './processor.ts';
import { StoreGuard } from './store-guard.ts';
import { Worker, type WorkerEvents } from './worker.ts';

/** A lease is renewed so often before it can run out. */
const RENEWALS_A_LEASE = 3;

export interface StoreEvents {
  /** The data are not those that were worked on: all stands still until they are accepted. */
  storeLost?(error: AppError): void;
}

export type CoordinatorEvents = WorkerEvents & LeaderEvents & StoreEvents;

export interface CoordinatorDeps {
  /** Who this process is; the same after a restart, and nobody else's. */
  readonly workerId: string;
  /** Opened on the namespace; whoever opened it closes it. */
  readonly store: PartitionStore;
  /** Remembers which data were worked on, so that others are not taken for them after a restart. */
  readonly incarnations?: IncarnationMemory;
  /**
   * What renews the leases of all that is held; `threadBeater` makes one that a busy event loop does
   * not starve. Without: one on the main loop.
   */
  readonly beater?: BeaterMaker;
  readonly processor: Processor;
  readonly planner: Planner | PiecePlanner;
  readonly options?: z.input<typeof CoordinatorOptions>;
  readonly events?: CoordinatorEvents;
  /** Which gaps are filled, instead of what `gap_mode` says. */
  readonly gapStrategy?: GapStrategy;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/**
 * Works off a range of IDs together with all other coordinators on the same store and namespace:
 * one of them leads and plans, all of them claim and process.
 */
export class Coordinator {
  readonly worker: Worker;
  readonly candidate: Candidate;
  readonly breaker: ClaimBreaker;
  readonly firstId: bigint;
  readonly #guard: StoreGuard;
  readonly #stop = new AbortController();
  #done: Promise<void> | null = null;
  #working: Promise<unknown> = Promise.resolve();

  /** @throws AppError `invalid` for options that are none. */
  constructor(deps: CoordinatorDeps) {
    const { workerId, store, processor, planner } = deps;
    const { clock = systemClock, random = systemRandom, incarnations = null } = deps;
    const troubled = (doing: string, error: unknown) => {
      this.#guard.saw(error);
      deps.events?.troubled?.(doing, error);
    };
    const events: CoordinatorEvents = { ...deps.events, troubled };
    const options = optionsOf(deps.options ?? {});
    this.firstId = options.first_id;
    this.breaker = new ClaimBreaker(breakerOf(options));
    const makeBeater = deps.beater ?? inProcessBeater(store, clock);
    this.worker = new Worker({
      ...{ workerId, store, processor, clock, random, options, events },
      ...{ breaker: this.breaker, beater: makeBeater(beatingOf(workerId, options)) },
    });
    const { gapStrategy } = deps;
    const gaps: GapMemory = {
      searchedTo: null,
      ...(gapStrategy !== undefined && { strategy: gapStrategy }),
    };
    const leading = { store, planner, clock, options, events, gaps };
    this.candidate = new Candidate({
      ...{ candidate: workerId, store, clock, random, options },
      lead: (turn, signal) => lead(turn, signal, leading),
      onTrouble: troubled,
    });
    this.#guard = new StoreGuard({
      ...{ store, incarnations, clock, onTrouble: troubled },
      onLoss: (error) => {
        this.worker.lose();
        gaps.searchedTo = null;
        events.storeLost?.(error);
      },
    });
  }

  /** Why all stands still: the data are not those that were worked on. Null: they are. */
  get storeLoss(): AppError | null {
    return this.#guard.loss;
  }

  start(): void {
    this.#done ??= this.#run(this.#stop.signal);
  }

  /**
   * Goes on with the data that are there now, when those that were worked on are lost.
   * @throws AppError as the store does when it cannot be opened anew.
   */
  async acceptStore(): Promise<void> {
    if (this.#guard.loss === null) return;
    // What is still said of the old data must not meet the new ones.
    await this.#working;
    await this.#guard.accept();
  }

  /** Claims nothing more, hands back what is unfinished with its checkpoints, and leads no more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (await this.#guard.isOurs(signal)) {
      const over = AbortSignal.any([signal, this.#guard.lost]);
      this.#working = Promise.all([this.candidate.run(over), this.worker.run(over)]);
      await this.#working;
    }
  }
}

function beatingOf(workerId: string, options: CoordinatorOptions): Beating {
  const leaseMs = options.partition_lock_expiry_ms;
  const heartbeatMs = options.heartbeat_interval_ms;
  return {
    ...{ workerId, leaseMs },
    presenceMs: Math.max(RENEWALS_A_LEASE * heartbeatMs, leaseMs) + options.rebalance_delay_ms,
    everyMs: Math.min(heartbeatMs, leaseMs / RENEWALS_A_LEASE),
    // A silence that is shorter than a lease loses nothing without a beater either.
    silenceMsMax: Math.max(leaseMs, options.task_timeout_ms || options.unresponsive_after_ms),
  };
}

function breakerOf(options: CoordinatorOptions): ClaimBreakerOptions {
  return {
    consecutiveFailuresMax: options.breaker_consecutive_failures,
    failuresMax: options.breaker_total_failures,
    windowMs: options.breaker_window_ms,
    openMs: options.breaker_open_ms,
    probesMax: options.breaker_half_open_max,
  };
}

function optionsOf(given: z.input<typeof CoordinatorOptions>): CoordinatorOptions {
  const { success, data, error } = CoordinatorOptions.safeParse(given);
  if (success) return data;
  const problems = error.issues.map(
    ({ path, message }) => `${path.join('.') || 'options'}: ${message}`,
  );
  throw new AppError('invalid', `coordinator: ${problems.join('; ')}`);
}
