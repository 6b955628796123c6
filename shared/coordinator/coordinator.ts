import type { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { type RandomSource, systemRandom } from '../kernel/random.ts';
import type { PartitionStore } from '../stores/partitions/partition-store.ts';
import type { BeaterMaker, Beating } from './beater/beater.ts';
import { inProcessBeater } from './beater/in-process-beater.ts';
import { Candidate } from './candidate.ts';
import { type BreakerOptions, ClaimBreaker } from './claim-breaker.ts';
import { CoordinatorOptions } from './coordinator-options.ts';
import type { GapStrategy } from './gap-search.ts';
import { type LeaderEvents, lead } from './leader.ts';
import type { Planner, Processor } from './processor.ts';
import { Worker, type WorkerEvents } from './worker.ts';

/** A lease is renewed so often before it can run out. */
const RENEWALS_A_LEASE = 3;

export type CoordinatorEvents = WorkerEvents & LeaderEvents;

export interface CoordinatorDeps {
  /** Who this process is; the same after a restart, and nobody else's. */
  readonly workerId: string;
  /** Opened on the namespace; whoever opened it closes it. */
  readonly store: PartitionStore;
  /**
   * What renews the leases of all that is held; `threadBeater` makes one that a busy event loop does
   * not starve. Without: one on the main loop.
   */
  readonly beater?: BeaterMaker;
  readonly processor: Processor;
  readonly planner: Planner;
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
  readonly #stop = new AbortController();
  #done: Promise<void> | null = null;

  /** @throws AppError `invalid` for options that are none. */
  constructor(deps: CoordinatorDeps) {
    const { workerId, store, processor, planner, events = {} } = deps;
    const { clock = systemClock, random = systemRandom } = deps;
    const options = optionsOf(deps.options ?? {});
    this.firstId = options.first_id;
    this.breaker = new ClaimBreaker(breakerOf(options));
    const makeBeater = deps.beater ?? inProcessBeater(store, clock);
    this.worker = new Worker({
      ...{ workerId, store, processor, clock, random, options, events },
      ...{ breaker: this.breaker, beater: makeBeater(beatingOf(workerId, options)) },
    });
    const { gapStrategy } = deps;
    const gaps = { searchedTo: null, ...(gapStrategy !== undefined && { strategy: gapStrategy }) };
    const leading = { store, planner, clock, options, events, gaps };
    this.candidate = new Candidate({
      ...{ candidate: workerId, store, clock, random, options },
      lead: (turn, signal) => lead(turn, signal, leading),
      onTrouble: (doing, error) => events.troubled?.(doing, error),
    });
  }

  start(): void {
    const { signal } = this.#stop;
    this.#done ??= Promise.all([this.candidate.run(signal), this.worker.run(signal)]).then(
      () => undefined,
    );
  }

  /** Claims nothing more, hands back what is unfinished with its checkpoints, and leads no more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}

function beatingOf(workerId: string, options: CoordinatorOptions): Beating {
  const leaseMs = options.partition_lock_expiry_ms;
  const heartbeatMs = options.heartbeat_interval_ms;
  return {
    ...{ workerId, leaseMs },
    presenceMs: Math.max(RENEWALS_A_LEASE * heartbeatMs, leaseMs),
    everyMs: Math.min(heartbeatMs, leaseMs / RENEWALS_A_LEASE),
    // A silence that is shorter than a lease loses nothing without a beater either.
    silenceMsMax: Math.max(leaseMs, options.task_timeout_ms || options.unresponsive_after_ms),
  };
}

function breakerOf(options: CoordinatorOptions): BreakerOptions {
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
