import type { Partition } from '../domain/partition.ts';
import { Bell } from '../kernel/bell.ts';
import { BusyMap } from '../kernel/busy-map.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { RandomSource } from '../kernel/random.ts';
import type { CallEnd } from '../resilience/breaker.ts';
import { doubling, retryDelayMs } from '../resilience/retry-schedule.ts';
import type { PartitionStore, Settlement, Verdict } from '../stores/partitions/partition-store.ts';
import type { Beater, Round } from './beater/beater.ts';
import type { ClaimBreaker } from './claim-breaker.ts';
import type { CoordinatorOptions } from './coordinator-options.ts';
import { fairShare } from './fair-share.ts';
import type { Processor } from './processor.ts';
import { Settler } from './settler.ts';
import { Task, type TaskDeps, type TaskEnd } from './task.ts';

/** A failed call of the store is tried again after so long. */
const STORE_RETRY = doubling(200, 5_000);
const ERROR_LENGTH_MAX = 2_000;

export interface WorkerEvents {
  claimed?(partitions: readonly Partition[]): void;
  /** The processor is done with it, however that ended. */
  processed?(partition: Partition, ms: number): void;
  ended?(partition: Partition, end: TaskEnd): void;
  /** A sign of life was given, which took so long. */
  renewed?(ms: number): void;
  /** What the worker does not know how to help: the store is away, mostly. */
  troubled?(doing: string, error: unknown): void;
}

export interface WorkerDeps {
  readonly workerId: string;
  readonly store: PartitionStore;
  readonly beater: Beater;
  readonly processor: Processor;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly options: CoordinatorOptions;
  readonly breaker: ClaimBreaker;
  readonly events: WorkerEvents;
}

interface Holding {
  readonly task: Task;
  /** What the breaker ends it by. */
  readonly permit: number | null;
  /** Others may have it. */
  isLost: boolean;
  isAtWork: boolean;
  /** Its completion is on its way: what is claimed behind that has its room. */
  isLeaving: boolean;
}

/**
 * Claims partitions and works on them, as many side by side as its window is wide. All that it
 * holds its beater keeps by one renewal; what could not be renewed in time it lets go of, and
 * whatever it still says of that the store refuses.
 */
export class Worker {
  readonly #deps: WorkerDeps;
  readonly #settler: Settler;
  readonly #taskDeps: TaskDeps;
  readonly #held = new BusyMap<number, Holding>();
  /** How many of them are leaving. */
  #leaving = 0;
  readonly #bell = new Bell();
  #window: number;
  #isReturning = true;
  #isPaused = false;
  #renewedMs = Number.NEGATIVE_INFINITY;
  #shareable = 0;
  #activeWorkers = 1;

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
    this.#settler = new Settler(deps.store, (settlements) => this.#sent(settlements));
    const { processor, clock, options } = deps;
    this.#taskDeps = {
      ...{ processor, clock, settler: this.#settler },
      timeoutMs: options.task_timeout_ms,
      graceMs: options.task_grace_ms,
    };
    this.#window = options.task_window;
  }

  get heldCount(): number {
    return this.#held.size;
  }

  /** Those whose processors are not done with them. */
  get atWorkCount(): number {
    return [...this.#held.values()].filter(({ isAtWork }) => isAtWork).length;
  }

  get window(): number {
    return this.#window;
  }

  /** What is at work already goes on when the window gets smaller. */
  resize(window: number): void {
    this.#window = window;
    this.#bell.ring();
  }

  /** There may be something to claim: somebody has planned, or retried. */
  nudge(): void {
    this.#bell.ring();
  }

  /** Nothing is this worker's any more, and nobody is to be told. */
  lose(): void {
    for (const holding of this.#held.values()) lose(holding);
  }

  /** Works until `signal` aborts, then hands back what is unfinished. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { beater, store } = this.#deps;
    this.#isReturning = true;
    const { incarnation } = store.identity;
    beater.begin({ incarnation, onRound: (round) => this.#heard(round) });
    // What there is to share, and with whom, is known before anything is claimed.
    await beater.beat();
    await Promise.all([this.#claimAll(signal), this.#lookOften(signal)]);
    for (const { task } of this.#held.values()) task.end('stopped');
    while (this.#held.size > 0) await this.#bell.rung();
    await beater.end();
    await this.#try('leave', () => this.#leave());
  }

  /** One whose share is kept for it counts as active until then. */
  async #leave(): Promise<void> {
    const { store, workerId, options } = this.#deps;
    const presenceMs = options.rebalance_delay_ms;
    const leaseMs = options.partition_lock_expiry_ms;
    if (presenceMs === 0) await store.leave(workerId);
    else await store.renew({ workerId, held: [], leaseMs, presenceMs });
  }

  async #claimAll(signal: AbortSignal): Promise<void> {
    const { random, clock } = this.#deps;
    // One that hangs on others is slow to be asked, and this asks all the time.
    let isOver = signal.aborted;
    signal.addEventListener('abort', () => (isOver = true), { once: true });
    const hasEnded = (): boolean => isOver;
    for (let failures = 0; !hasEnded(); ) {
      const limit = await this.#limit();
      const claimed = limit > 0 ? await this.#claim(limit) : [];
      failures = claimed === null ? failures + 1 : 0;
      this.#begin(claimed ?? []);
      if (claimed !== null && claimed.length > 0) continue;
      if (claimed === null) await clock.sleep(retryDelayMs(STORE_RETRY, failures, random), signal);
      else if (!hasEnded()) await this.#bell.rung();
    }
  }

  /** There may be something to claim that nobody has told of. */
  async #lookOften(signal: AbortSignal): Promise<void> {
    const { clock, options } = this.#deps;
    while (!signal.aborted) {
      await clock.sleep(options.claim_interval_ms, signal);
      this.#bell.ring();
    }
  }

  get #busyCount(): number {
    return this.#held.size - this.#leaving;
  }

  /** How many to ask for now. What there is to share may be old news when it leaves room. */
  async #limit(): Promise<number> {
    const { breaker, clock, options } = this.#deps;
    const room = Math.max(0, this.#window - this.#busyCount);
    const isOld = clock.monotonicMs() - this.#renewedMs >= options.claim_interval_ms;
    if (this.#shareOf(room) < room && isOld) await this.#deps.beater.beat();
    return this.#isPaused ? 0 : breaker.roomFor(this.#shareOf(room), clock.monotonicMs());
  }

  #shareOf(room: number): number {
    return fairShare({
      ...{ room, held: this.#busyCount },
      ...{ shareable: this.#shareable, activeWorkers: this.#activeWorkers },
    });
  }

  /** Null: the store could not be asked. */
  async #claim(limit: number): Promise<readonly Holding[] | null> {
    const { store, beater, workerId, options, clock, events, breaker } = this.#deps;
    const leaseMs = options.partition_lock_expiry_ms;
    // Counted from before the call, so that the store's lease never ends before this one.
    const leaseUntilMs = clock.monotonicMs() + leaseMs;
    const claimed = await this.#try('claim', () =>
      store.claim({
        ...{ workerId, limit, leaseMs, isReturning: this.#isReturning },
        isPreempting: options.allow_preemption,
        attemptsMax: options.attempts_max,
      }),
    );
    if (claimed === null) return null;
    this.#isReturning = false;
    if (claimed.length === 0) return [];
    const permit = breaker.claimed(claimed.length, clock.monotonicMs());
    events.claimed?.(claimed);
    beater.hold(claimed.map(keyOf), leaseUntilMs);
    return claimed.map((partition) => this.#hold(partition, permit));
  }

  #hold(partition: Partition, permit: number | null): Holding {
    const task = new Task(partition, this.#taskDeps);
    const holding = { task, permit, isLost: false, isAtWork: true, isLeaving: false };
    this.#held.set(partition.id, holding);
    return holding;
  }

  #begin(claimed: readonly Holding[]): void {
    for (const holding of claimed) this.#process(holding);
    // What is over by the end of this turn of the event loop need not be said to have begun.
    process.nextTick(() => {
      for (const { isAtWork, task } of claimed) {
        if (isAtWork) void this.#say({ ...keyOf(task.partition), event: 'start' });
      }
    });
  }

  #process(holding: Holding): void {
    const { clock, events } = this.#deps;
    const { task } = holding;
    const startMs = clock.monotonicMs();
    task.run((end) => {
      holding.isAtWork = false;
      events.processed?.(task.partition, clock.monotonicMs() - startMs);
      if (end.how === 'lost') this.#finish(holding, end);
      else this.#settle(holding, end);
    });
  }

  #settle(holding: Holding, end: Exclude<TaskEnd, { how: 'lost' }>): void {
    const settlement = this.#settlementOf(holding.task.partition, end);
    const heard = (verdict: Verdict) =>
      this.#finish(holding, verdict === 'fenced' ? { how: 'lost' } : end);
    this.#settler.settle(settlement).then(heard, (thrown: unknown) => {
      void this.#sayAgain(settlement, thrown).then(heard);
    });
  }

  #finish(holding: Holding, end: TaskEnd): void {
    const { events, breaker, clock, beater } = this.#deps;
    const { partition } = holding.task;
    this.#setLeaving(holding, false);
    // One that was lost may have been claimed anew meanwhile.
    if (this.#held.get(partition.id) === holding) this.#held.delete(partition.id);
    beater.drop(keyOf(partition));
    breaker.ended(holding.permit, partition.id, OUTCOMES[end.how], clock.monotonicMs());
    events.ended?.(partition, end);
    this.#bell.ring();
  }

  #settlementOf(partition: Partition, end: Exclude<TaskEnd, { how: 'lost' }>): Settlement {
    const key = keyOf(partition);
    switch (end.how) {
      case 'completed':
        return { ...key, event: 'complete', items: end.items };
      case 'stopped':
        return { ...key, event: 'release', items: 0 };
      case 'failed':
        return { ...key, ...this.#failure(partition, end.error) };
    }
  }

  #failure({ attempts }: Partition, thrown: Error) {
    const { options, clock, random } = this.#deps;
    const error = messageOf(thrown).slice(0, ERROR_LENGTH_MAX);
    if (attempts + 1 >= options.attempts_max) return { event: 'bury', error } as const;
    const retry = doubling(options.retry_first_ms, options.retry_max_ms);
    const nextRunAtMs = clock.now() + retryDelayMs(retry, attempts + 1, random);
    return { event: 'fail', error, nextRunAtMs } as const;
  }

  #setLeaving(holding: Holding, isLeaving: boolean): void {
    if (holding.isLeaving !== isLeaving) this.#leaving += isLeaving ? 1 : -1;
    holding.isLeaving = isLeaving;
  }

  async #say(settlement: Settlement): Promise<Verdict> {
    try {
      return await this.#settler.settle(settlement);
    } catch (thrown) {
      return this.#sayAgain(settlement, thrown);
    }
  }

  /** Says it until the store has heard it, or the partition is lost: then nobody would. */
  async #sayAgain(settlement: Settlement, failure: unknown): Promise<Verdict> {
    const { clock, random, events } = this.#deps;
    for (let [failures, thrown] = [1, failure]; ; failures += 1) {
      events.troubled?.(settlement.event, thrown);
      const holding = this.#holding(settlement);
      if (holding !== undefined) this.#setLeaving(holding, false);
      if (holding?.isLost !== false) return 'fenced';
      await clock.sleep(retryDelayMs(STORE_RETRY, failures, random), NEVER);
      try {
        return await this.#settler.settle(settlement);
      } catch (again) {
        thrown = again;
      }
    }
  }

  /** Failures are waited for: they may keep it from claiming more. */
  #sent(settlements: readonly Settlement[]): void {
    for (const settlement of settlements) {
      const holding = settlement.event === 'complete' ? this.#holding(settlement) : undefined;
      if (holding !== undefined) this.#setLeaving(holding, true);
    }
    if (this.#leaving > 0) this.#bell.ring();
  }

  #holding({ id, token }: Settlement): Holding | undefined {
    const holding = this.#held.get(id);
    return holding?.task.partition.token === token ? holding : undefined;
  }

  #heard(round: Round): void {
    for (const { id, token } of round.lost) {
      const holding = this.#held.get(id);
      if (holding?.task.partition.token === token) lose(holding);
    }
    const { events, clock } = this.#deps;
    this.#renewedMs = clock.monotonicMs() - round.tookMs;
    if ('error' in round) {
      events.troubled?.('renew', round.error);
      return;
    }
    events.renewed?.(round.tookMs);
    this.#isPaused = round.standing.isPaused;
    this.#shareable = round.standing.shareable;
    this.#activeWorkers = round.standing.activeWorkers;
  }

  async #try<T>(doing: string, call: () => Promise<T>): Promise<T | null> {
    try {
      return await call();
    } catch (thrown) {
      this.#deps.events.troubled?.(doing, thrown);
      return null;
    }
  }
}

/** What the end of a task tells the breaker. */
const OUTCOMES: Readonly<Record<TaskEnd['how'], CallEnd>> = {
  completed: 'success',
  failed: 'failure',
  stopped: 'neither',
  lost: 'neither',
};

const NEVER = new AbortController().signal;

function lose(holding: Holding): void {
  holding.isLost = true;
  holding.task.end('lost');
}

function keyOf({ id, token }: Partition) {
  return { id, token };
}
