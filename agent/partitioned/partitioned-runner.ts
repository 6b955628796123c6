import { Administration } from '../../shared/coordinator/administration.ts';
import { Coordinator } from '../../shared/coordinator/coordinator.ts';
import type { PartitionConfig } from '../../shared/domain/partition-config.ts';
import type { PartitionStatusView } from '../../shared/domain/partition-status.ts';
import { AppError, messageOf, toAppError } from '../../shared/kernel/errors.ts';
import { doubling, retryDelayMs } from '../../shared/resilience/retry-schedule.ts';
import type { CheckpointStore, KeptDeadLetter } from '../../shared/stores/checkpoint-store.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import type { PartitionedSource } from '../plugins/plugin.ts';
import { UNPARSED_MAX } from '../records/failed-lines.ts';
import { totalsOf } from '../runner/counters.ts';
import { freshEpoch } from '../runner/epoch.ts';
import { ErrorHistory } from '../runner/error-history.ts';
import type { BuiltPipeline } from '../runner/pipeline.ts';
import type { RunnerDeps } from '../runner/runner.ts';
import type { RunnerProgress } from '../runner/runner-progress.ts';
import type { Replayed, Running } from '../runner/running.ts';
import { coordinatorOptions } from './coordinator-options.ts';
import { SenderPool } from './lent-senders.ts';
import { LetterClaims } from './letter-claims.ts';
import { LetterReplay } from './letter-replay.ts';
import { PartitionProcessor } from './partition-processor.ts';
import { PartitionTally } from './partition-tally.ts';
import { NOTHING_SEEN, PartitionWatch } from './partition-watch.ts';
import type { SharedNamespace } from './shared-place.ts';
import { StageSweep } from './stage-sweep.ts';
import { sumOfTotals } from './sums.ts';
import { watchedPlanner } from './watched-planner.ts';

const REOPEN = doubling(500, 30_000);
/** Between two looks whether there is a first row by now. */
const FIRST_LOOK_MS = 1_000;
/** A store that does not answer is not waited for any longer than this, beyond what is in flight. */
const HAND_BACK_MS = 2_000;
const STOP_MS = 3_000;

export interface PartitionedDeps {
  readonly partition: PartitionConfig;
  /** Who this agent is: the same after a restart, and nobody else. */
  readonly workerId: string;
  readonly shared: SharedNamespace;
  /** Where agents tell each other which dead letters were sent again. */
  readonly letters: Pick<SharedNamespace, 'open'>;
  readonly pipeline: BuiltPipeline;
  readonly openSource: () => PartitionedSource;
  readonly runner: Omit<RunnerDeps, 'pipeline' | 'checkpoints'>;
  /** The agent's own. */
  readonly checkpoints: CheckpointStore;
}

/** What is at work while the store is open. */
interface Work {
  readonly watch: PartitionWatch;
  readonly coordinator: Coordinator;
  readonly administration: Administration;
  readonly store: PartitionStore;
  readonly senders: SenderPool;
}

/**
 * A runner whose work is shared by all agents that have one of the same key: one of them plans
 * partitions, each reads some of them, and what is read is kept with the partition, so that any
 * other can go on there.
 */
export class PartitionedRunner implements Running {
  readonly errors: ErrorHistory;
  readonly #deps: PartitionedDeps;
  readonly #tally: PartitionTally;
  readonly #stop = new AbortController();
  readonly #startedAtMs: number;
  #stopMs = STOP_MS;
  #work: Work | null = null;
  #trouble: string | null = null;
  #planTrouble: string | null = null;
  #done: Promise<void> | null = null;
  #hasTotals = false;
  /** How many batches were settled when the counters were kept last. */
  #keptBatches = 0;

  constructor(deps: PartitionedDeps) {
    const { clock, config } = deps.runner;
    this.#deps = deps;
    this.errors = new ErrorHistory(config.errors_list_cap);
    this.#tally = new PartitionTally(clock);
    this.#startedAtMs = clock.monotonicMs();
  }

  get name(): string {
    return this.#deps.runner.config.name;
  }

  get key(): string {
    return this.#deps.partition.key;
  }

  /** What may be asked and ordered of the shared work; null: the store is not open. */
  get administration(): Administration | null {
    return this.#work?.administration ?? null;
  }

  get lingerMs(): number {
    return this.#deps.pipeline.limits.lingerMs;
  }

  get progress(): RunnerProgress {
    const { runner } = this.#deps;
    const progress = this.#tally.progress;
    return {
      ...progress,
      origin: progress.origin === '' ? (runner.config.reader?.['log_path'] ?? '') : progress.origin,
      trouble: this.#troubleNow(progress.trouble),
      elapsedMs: runner.clock.monotonicMs() - this.#startedAtMs,
      partition: this.#view,
    };
  }

  start(): void {
    this.#done ??= this.#run();
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopMs = deadlineMs;
    this.#stop.abort();
    await this.#done;
  }

  async replay(letters: readonly KeptDeadLetter[]): Promise<Replayed> {
    const work = this.#work;
    if (work === null) {
      throw new AppError('unavailable', `the shared work is not open: ${this.progress.trouble}`);
    }
    const store = await this.#deps.letters.open();
    const { partition, pipeline, checkpoints, runner, workerId } = this.#deps;
    const replay = new LetterReplay({
      ...{ key: partition.key, epoch: work.store.identity.incarnation, pipeline, checkpoints },
      runner: { ...runner, errors: this.errors },
      claims: new LetterClaims(store, workerId),
      totalsWith: (own) => sumOfTotals([this.#tally.totals, own]),
      giveUp: this.#stop.signal,
    });
    const lent = work.senders.lend(null);
    let isWhole = false;
    try {
      const replayed = await replay.replay(letters, await lent.open());
      isWhole = true;
      return replayed;
    } finally {
      this.#tally.add(replay.totals);
      await Promise.allSettled([lent.giveBack(isWhole), store.close()]);
    }
  }

  dropped(): void {
    // Attempts do not count what others have left.
  }

  get #view(): PartitionStatusView {
    const { partition, workerId } = this.#deps;
    const seen = this.#work?.watch.seen;
    return {
      ...(seen ?? NOTHING_SEEN),
      ...{ key: partition.key, worker_id: workerId, held: this.#tally.held },
      is_leader: this.#isLeader,
    };
  }

  get #isLeader(): boolean {
    return this.#work !== null && this.#work.coordinator.candidate.turn !== null;
  }

  #troubleNow(ofAttempt: string | null): string | null {
    const own = this.#storeTrouble ?? this.#trouble ?? this.#work?.watch.trouble;
    const of = own ?? (this.#isLeader ? this.#planTrouble : null);
    if (of !== null) return this.#deps.runner.redact(of);
    return ofAttempt ?? this.#deadTrouble;
  }

  get #deadTrouble(): string | null {
    const { dead = 0 } = this.#work?.watch.seen.partitions ?? {};
    if (dead === 0) return null;
    return `${dead} partitions are dead: their last attempts failed, or they were cancelled; see ${this.#api}/partitions?status=dead, and retry them there`;
  }

  get #storeTrouble(): string | null {
    const lost = this.#work?.coordinator.storeLoss ?? null;
    return (
      lost &&
      `${lost.message}; to begin anew with those that are there, POST ${this.#api}/store/accept`
    );
  }

  get #api(): string {
    return `/logkit/partitions/${this.key}/api/v1`;
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#deps.runner;
    const { signal } = this.#stop;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await this.#share();
      } catch (thrown) {
        this.#failed(thrown);
        await clock.sleep(retryDelayMs(REOPEN, failures, random), signal);
      }
    }
  }

  /** Works until told to stop; throws what keeps it from it. */
  async #share(): Promise<void> {
    const { checkpoints, runner } = this.#deps;
    const store = await this.#deps.shared.open();
    const source = this.#deps.openSource();
    const senders = new SenderPool(this.#deps.pipeline);
    try {
      if (!this.#hasTotals) {
        const { totals } = await checkpoints.load(runner.config.name, freshEpoch());
        this.#tally.add(totalsOf(totals));
        this.#hasTotals = true;
      }
      const firstId = await this.#firstId(store, source);
      if (firstId === null) return;
      await this.#shareFrom(firstId, { store, source, senders });
    } finally {
      this.#work = null;
      await Promise.allSettled([
        senders.close(),
        source.close(),
        store.close(),
        this.#keepTotals(),
      ]);
    }
  }

  /** Null: it was stopped before there was anything. */
  async #firstId(store: PartitionStore, source: PartitionedSource): Promise<bigint | null> {
    const { signal } = this.#stop;
    const hasEnded = (): boolean => signal.aborted;
    while (!hasEnded()) {
      const first = source.firstId === undefined ? 1n : await source.firstId(signal);
      this.#trouble = null;
      if (first !== null) return first;
      // All that was planned may be gone from the source by now.
      if ((await store.planState()).plannedTo !== null) return 1n;
      await this.#deps.runner.clock.sleep(FIRST_LOOK_MS, signal);
    }
    return null;
  }

  async #shareFrom(firstId: bigint, { store, source, senders }: Parts): Promise<void> {
    const { partition, workerId, runner, shared } = this.#deps;
    const { clock, random } = runner;
    const { beater, incarnations } = shared;
    const planner = watchedPlanner(source.planner, () => {
      this.#planTrouble = null;
    });
    const coordinator = new Coordinator({
      ...{ workerId, store, planner, clock, random },
      ...(beater !== undefined && { beater }),
      ...(incarnations !== undefined && { incarnations }),
      processor: this.#processor({ store, source, senders }),
      options: coordinatorOptions(partition, firstId),
      events: {
        ended: (_partition, end) => {
          if (end.how === 'failed') this.#note(end.error.message);
        },
        troubled: (doing, error) => {
          if (doing === 'plan') this.#planTrouble = `cannot plan: ${messageOf(error)}`;
        },
      },
    });
    const watch = new PartitionWatch(store, workerId, clock);
    const administration = new Administration({ store, coordinator, planner, clock });
    this.#work = { watch, coordinator, administration, store, senders };
    this.#trouble = null;
    coordinator.start();
    await watch.run(this.#stop.signal, () => this.#keepTotals());
    await this.#handBack(coordinator);
  }

  #processor({ store, source, senders }: Parts): PartitionProcessor {
    const { partition, pipeline, checkpoints, runner } = this.#deps;
    return new PartitionProcessor({
      ...{ pipeline, source, senders, key: partition.key, tally: this.#tally },
      // Other data may have been accepted meanwhile.
      get epoch() {
        return store.identity.incarnation;
      },
      sweep: new StageSweep(partition.key, store),
      runner: { ...runner, errors: this.errors },
      keepLetters: (deadLetters) =>
        checkpoints.commit({
          ...{ runner: runner.config.name, sinks: [], totals: this.#tally.totals },
          ...{ deadLetters, areLettersOnce: true, lettersMax: UNPARSED_MAX },
        }),
      stopMs: () => this.#stopMs,
    });
  }

  async #handBack(coordinator: Coordinator): Promise<void> {
    const over = new AbortController();
    const late = this.#deps.runner.clock.sleep(this.#stopMs + HAND_BACK_MS, over.signal);
    await Promise.race([coordinator.stop(), late]);
    over.abort();
  }

  #failed(thrown: unknown): void {
    const { log, config, redact } = this.#deps.runner;
    const reason = redact(toAppError(thrown).message);
    if (this.#trouble !== reason) {
      log.error({ runner: config.name, reason }, 'runner is in trouble, trying again');
    }
    this.#trouble = reason;
    this.#note(reason);
  }

  #note(reason: string): void {
    const { redact, clock } = this.#deps.runner;
    this.errors.read(redact(reason), clock.now());
  }

  /** Counters are no reason to stop. */
  async #keepTotals(): Promise<void> {
    const { totals, settledBatches } = this.#tally.progress;
    if (!this.#hasTotals || settledBatches === this.#keptBatches) return;
    this.#keptBatches = settledBatches;
    const { checkpoints, runner } = this.#deps;
    await checkpoints
      .commit({ runner: runner.config.name, sinks: [], totals })
      .catch(() => undefined);
  }
}

interface Parts {
  readonly store: PartitionStore;
  readonly source: PartitionedSource;
  readonly senders: SenderPool;
}
