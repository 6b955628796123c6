import type { Logger } from 'pino';
import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, toAppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { readAhead } from '../../shared/kernel/read-ahead.ts';
import { doubling, retryDelayMs } from '../../shared/resilience/retry-schedule.ts';
import type {
  CheckpointStore,
  Checkpoints,
  KeptDeadLetter,
} from '../../shared/stores/checkpoint-store.ts';
import type { BufferFolders } from '../buffer/buffer-folders.ts';
import type { BatchLimits, Reader, SourceBatch } from '../plugins/plugin.ts';
import type { AuditLog } from './audit-log.ts';
import type { BatchMemory } from './batch-memory.ts';
import { Commits } from './commits.ts';
import { addTo, countOf, noTotals, type RunnerTotals, totalsOf } from './counters.ts';
import { Dispatch } from './dispatch.ts';
import type { Enrich } from './enrich.ts';
import { freshEpoch } from './epoch.ts';
import { ErrorHistory } from './error-history.ts';
import type { Lane } from './lane.ts';
import { openLanes, orphans, sealedBySource } from './open-lanes.ts';
import { openStages, withShownNames } from './open-stages.ts';
import type { Parcel } from './parcel.ts';
import type { NamedSender, NamedTransform, Pipeline } from './pipeline.ts';
import { prepared } from './prepared.ts';
import type { Work } from './process.ts';
import { readerProgress } from './reader-progress.ts';
import type { RunnerProgress } from './runner-progress.ts';
import type { Replayed, Running } from './running.ts';

const RESTART = doubling(500, 30_000);

/** What a runner asks of the checkpoints. */
export type RunnerCheckpoints = Pick<
  CheckpointStore,
  'load' | 'commit' | 'seal' | 'buffered' | 'lowestSegment'
>;

export interface RunnerDeps {
  readonly config: RunnerConfig;
  readonly pipeline: Pipeline;
  readonly enrich: Enrich | null;
  readonly checkpoints: RunnerCheckpoints;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Logger;
  readonly audit: AuditLog;
  readonly buffers: BufferFolders;
  readonly memory: Pick<BatchMemory, 'join' | 'batchBytes'>;
  /** Takes resolved secrets out of texts that people will see. */
  readonly redact: (text: string) => string;
  /** Where errors are kept; absent: in a history of its own. */
  readonly errors?: ErrorHistory;
  /** Whether it begins anew after this; absent: after anything. */
  readonly mayTryAgain?: (error: AppError) => boolean;
}

/** How a runner has ended: its reader has handed out everything, it was stopped, or it gave up. */
export type RunnerEnd =
  | { readonly how: 'whole' | 'stopped' }
  | { readonly how: 'failed'; readonly error: AppError };

/** The parts of a runner while it is at work. */
interface Parts {
  readonly reader: Reader;
  readonly lanes: readonly Lane[];
  readonly transforms: readonly NamedTransform[];
  readonly dispatch: Dispatch;
}

/**
 * One runner at work: pulls a batch, parses and transforms it, hands it to every sender, and
 * commits the source's position with the sinks' positions and the counters in one step. One batch
 * is in flight at a time, so a sink that is slow slows the reader; one that is away while another
 * goes on is left behind, and what it has not had is buffered. What goes wrong is retried with
 * back-off from the last commit; nothing is dropped.
 */
export class Runner implements Running {
  readonly errors: ErrorHistory;
  readonly #deps: RunnerDeps;
  readonly #stopReading = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #startedAtMs: number;
  /** Null until they were loaded, once: what failed since the last commit counts, too. */
  #totals: RunnerTotals | null = null;
  #parts: Parts | null = null;
  #trouble: string | null = null;
  /** The trouble that was logged last: it is logged again only after something was settled. */
  #told: string | null = null;
  #settledBatches = 0;
  /** Told gone by the reader, to be forgotten with the next commit but one. */
  #gone: readonly string[] = [];
  #inFlightSinceMs: number | null = null;
  #done: Promise<RunnerEnd> | null = null;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
    this.errors = deps.errors ?? new ErrorHistory(deps.config.errors_list_cap);
    this.#startedAtMs = deps.clock.monotonicMs();
  }

  /** Resolves when it has ended; never rejects. */
  start(): Promise<RunnerEnd> {
    this.#done ??= this.#run().finally(this.#deps.memory.join());
    return this.#done;
  }

  /**
   * Stops reading at once and gives the batch in flight `deadlineMs` to be accepted; after that it
   * is taken back, and read again at the next start. Never rejects.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopReading.abort();
    const deadline = new AbortController();
    const expiry = this.#deps.clock
      .sleep(deadlineMs, deadline.signal)
      .then(() => this.#giveUp.abort());
    await this.#done;
    deadline.abort();
    await expiry;
  }

  /**
   * Sends dead letters again, each once, to the sender that each is of; those that it takes are
   * dead letters no more.
   *
   * @throws AppError `unavailable` when the sink cannot now, `conflict` when the sender is gone.
   */
  async replay(letters: readonly KeptDeadLetter[]): Promise<Replayed> {
    let sent = 0;
    for (const letter of letters) {
      const lane = this.#parts?.lanes.find(({ name }) => name === letter.sender);
      if (lane === undefined) {
        throw new AppError('conflict', `there is no sender ${letter.sender} at work`);
      }
      if (await lane.replay(letter, this.#giveUp.signal)) sent += 1;
    }
    return { sent, failed: letters.length - sent };
  }

  /** Dead letters that somebody has dropped. */
  dropped(letters: readonly KeptDeadLetter[]): void {
    for (const lane of this.#parts?.lanes ?? []) {
      lane.lettersLeft(letters.filter(({ sender }) => sender === lane.name).length);
    }
  }

  /** How long an unfilled batch may wait for more lines. */
  get lingerMs(): number {
    return this.#deps.pipeline.limits.lingerMs;
  }

  get progress(): RunnerProgress {
    const { clock } = this.#deps;
    const lanes = this.#parts?.lanes ?? [];
    return {
      origin: this.#origin,
      ...readerProgress(this.#parts?.reader),
      bufferedBatches: lanes.reduce((sum, lane) => sum + lane.bufferedBatches, 0),
      ledger: Object.fromEntries(lanes.map(({ name, counts }) => [name, counts.ledger])),
      totals: this.#totals ?? noTotals(),
      trouble: this.#troubleNow,
      elapsedMs: clock.monotonicMs() - this.#startedAtMs,
      settledBatches: this.#settledBatches,
      inFlightSinceMs: this.#inFlightSinceMs,
    };
  }

  get #troubleNow(): string | null {
    const { redact } = this.#deps;
    const failing = this.#parts?.lanes.find(({ trouble }) => trouble !== null);
    if (this.#trouble !== null) return redact(this.#trouble);
    if (failing !== undefined) return redact(troubleOf(failing));
    const trouble = this.#parts?.reader.trouble() ?? null;
    return trouble === null ? null : redact(trouble);
  }

  get #origin(): string {
    const { config, redact } = this.#deps;
    const reader = this.#parts?.reader;
    return reader === undefined ? (config.reader?.['log_path'] ?? '') : redact(reader.origin);
  }

  async #run(): Promise<RunnerEnd> {
    const { clock, random, log, mayTryAgain = () => true } = this.#deps;
    const signal = this.#stopReading.signal;
    const isOver = (): boolean => signal.aborted;
    for (let failures = 1; !isOver(); failures += 1) {
      const before = this.#settledBatches;
      try {
        const isWhole = await this.#collect();
        return { how: isWhole && !isOver() ? 'whole' : 'stopped' };
      } catch (thrown) {
        if (this.#settledBatches !== before) failures = 1;
        const error = toAppError(thrown);
        this.#readFailed(error, log);
        if (!mayTryAgain(error)) return { how: 'failed', error };
      }
      await clock.sleep(retryDelayMs(RESTART, failures, random), signal);
    }
    return { how: 'stopped' };
  }

  #readFailed(error: AppError, log: Logger): void {
    const reason = this.#deps.redact(error.message);
    if (this.#told !== reason) {
      log.error({ runner: this.#deps.config.name, reason }, 'runner is in trouble, trying again');
    }
    this.#told = reason;
    this.#trouble = reason;
    if (this.#totals !== null) addTo(this.#totals.reader, 0, 1, reason);
    this.errors.read(reason, this.#deps.clock.now());
  }

  /**
   * Opens everything at the last commit and works until told to stop, or the reader ends by itself:
   * then it is true. Throws what it cannot mend.
   */
  async #collect(): Promise<boolean> {
    const { config, checkpoints, pipeline, redact } = this.#deps;
    const saved = await checkpoints.load(config.name, freshEpoch());
    const senders = withShownNames(await pipeline.openSenders(), redact);
    const end = new AbortController();
    const quit = AbortSignal.any([this.#stopReading.signal, end.signal]);
    let draining: Promise<unknown> = Promise.resolve();
    try {
      const parts = this.#open(saved, senders, quit);
      this.#parts = parts;
      this.#trouble = null;
      const signals = { quit, giveUp: this.#giveUp.signal };
      draining = Promise.all(parts.lanes.map((lane) => lane.run(signals)));
      // The next batch is read, and made ready, while this one is on its way to the senders.
      const parcels = readAhead(prepared(parts, quit), () => end.abort());
      return await this.#pump(parcels, parts);
    } finally {
      this.#inFlightSinceMs = null;
      end.abort();
      await draining;
      const { lanes = [], transforms = [] } = this.#parts ?? {};
      await Promise.all(lanes.map((lane) => lane.finish(this.#giveUp.signal)));
      for (const { transform } of transforms) transform.close?.();
      await Promise.allSettled([...senders.map(({ sender }) => sender), ...lanes].map(closed));
    }
  }

  #open(saved: Checkpoints, senders: readonly NamedSender[], signal: AbortSignal): Parts {
    const { config, checkpoints, pipeline, memory, clock, random, log } = this.#deps;
    const totals = (this.#totals ??= totalsOf(saved.totals));
    for (const sender of orphans(saved, senders)) {
      log.warn({ sender }, 'a sender that is not configured any more has buffered batches');
    }
    const { positions } = saved;
    const limits = limitsNow(pipeline.limits, memory);
    const reader = pipeline.openReader({
      ...{ positions, limits, signal },
      sealed: sealedBySource(saved),
    });
    const { process, transforms } = openStages(senders, this.#deps);
    const commits = new Commits(totals, {
      ...{ runner: config.name, checkpoints, clock, random },
      isSynced: config.durability === 'power',
      onTrouble: (reason) => this.#cannotKeep(reason),
    });
    const onError = (sender: string, error: AppError) => this.#sendFailed(sender, error, totals);
    const onLost = (sender: string, reason: string, records: number) =>
      this.errors.send(sender, this.#deps.redact(reason), clock.now(), records);
    const opening = { saved, senders, commits, process, onError, onLost };
    const lanes = openLanes(opening, this.#deps);
    const { lastSeq } = saved;
    const giveUp = this.#giveUp.signal;
    const dispatch = new Dispatch({
      ...{ lanes, reader, commits, process, clock, random, lastSeq },
      ...{ quit: signal, giveUp },
    });
    return { reader, lanes, dispatch, transforms };
  }

  async #pump(parcels: AsyncIterable<Parcel>, { reader, dispatch }: Parts): Promise<boolean> {
    for await (const parcel of parcels) {
      if (this.#stopReading.signal.aborted) return false;
      this.#inFlightSinceMs = this.#deps.clock.monotonicMs();
      if (!(await dispatch.settle(parcel, this.#goneBefore(parcel.batch, reader)))) return false;
      this.#settled(parcel);
    }
    return true;
  }

  #settled({ batch, work }: Parcel): void {
    this.#noteFailures(work);
    this.#trouble = null;
    this.#told = null;
    this.#inFlightSinceMs = null;
    this.#settledBatches += 1;
    const { config, audit } = this.#deps;
    if (config.log_audit && batch.lines > 0) audit.write(config.name, batch, work.records.count);
  }

  #cannotKeep(reason: string): void {
    this.#trouble = reason;
    this.errors.read(reason, this.#deps.clock.now());
  }

  /**
   * Sources that were told gone at an earlier commit: one that is told now may be the source of the
   * batch that is read ahead, whose position is still to come.
   */
  #goneBefore({ source }: SourceBatch, reader: Reader): readonly string[] {
    const forgotten = this.#gone.filter((id) => id !== source);
    this.#gone = [...this.#gone.filter((id) => id === source), ...(reader.gone?.() ?? [])];
    return forgotten;
  }

  #noteFailures({ parsed, transformed }: Work): void {
    const nowMs = this.#deps.clock.now();
    if (parsed.errors > 0) this.errors.parse(parsed.lastError, nowMs, parsed.errors);
    for (const { type, errors, lastError } of transformed) {
      if (errors > 0) this.errors.transform(type, lastError, nowMs);
    }
  }

  #sendFailed(sender: string, error: AppError, totals: RunnerTotals): void {
    const reason = this.#deps.redact(error.message);
    addTo(countOf(totals.senders, sender), 0, 1, reason);
    this.errors.send(sender, reason, this.#deps.clock.now());
  }
}

/** A batch may be the smaller the more runners there are by then. */
function limitsNow(limits: BatchLimits, memory: RunnerDeps['memory']): BatchLimits {
  return {
    ...limits,
    get bytes() {
      return memory.batchBytes(limits.bytes);
    },
  };
}

function troubleOf({ name, trouble, bufferedBatches }: Lane): string {
  const rest = bufferedBatches === 0 ? '' : ` (${bufferedBatches} batches are buffered for it)`;
  return `sender ${name}: ${trouble}${rest}`;
}

function closed(part: { close(): Promise<void> }): Promise<void> {
  return part.close();
}
