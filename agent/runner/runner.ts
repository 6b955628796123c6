import type { Logger } from 'pino';
import { redactedUrl } from '../../shared/domain/redaction.ts';
import type { RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { type AppError, messageOf, toAppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { readAhead } from '../../shared/kernel/read-ahead.ts';
import { type Backoff, backoffMs } from '../../shared/resilience/backoff.ts';
import type { CheckpointStore } from '../../shared/stores/checkpoint-store.ts';
import { type FrameCounts, NO_COUNTS } from '../framing/framing.ts';
import type { Parser, Reader, SourceBatch } from '../plugins/plugin.ts';
import type { Acceptance } from '../sink/acceptance.ts';
import type { AuditLog } from './audit-log.ts';
import { addTo, countOf, noTotals, type RunnerTotals, totalsOf } from './counters.ts';
import { deliver, undoAll } from './delivery.ts';
import type { Enrich } from './enrich.ts';
import { ErrorHistory } from './error-history.ts';
import type { NamedSender, NamedTransform, Pipeline } from './pipeline.ts';
import { countBatch, process, type Work } from './process.ts';

const RESTART: Backoff = { firstMs: 500, maxMs: 30_000 };

export interface RunnerDeps {
  readonly config: RunnerConfig;
  readonly pipeline: Pipeline;
  readonly enrich: Enrich | null;
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Logger;
  readonly audit: AuditLog;
  /** Takes resolved secrets out of texts that people will see. */
  readonly redact: (text: string) => string;
}

/** The parts of a pipeline while it is open. */
interface Stages {
  readonly reader: Reader;
  readonly parser: Parser;
  readonly transforms: readonly NamedTransform[];
  readonly senders: readonly NamedSender[];
}

/** What a status is made of, as of now. */
export interface RunnerProgress {
  readonly origin: string;
  readonly lagBytes: number;
  readonly totals: RunnerTotals;
  /** Why nothing can move, or null. */
  readonly trouble: string | null;
  readonly elapsedMs: number;
  /** What the reader could not hand out as it was. */
  readonly counts: FrameCounts;
  /** Grows with every batch that is settled. */
  readonly settledBatches: number;
  /** Since when a batch is read and not yet settled (monotonic), or null. */
  readonly inFlightSinceMs: number | null;
}

/**
 * One runner at work: pulls a batch, parses and transforms it, hands it to every sender, and
 * commits the source's position with the sinks' positions and the counters in one step. One batch
 * is in flight at a time, so a sink that is slow slows the reader. What goes wrong is retried with
 * back-off from the last commit; nothing is dropped.
 */
export class Runner {
  readonly errors: ErrorHistory;
  readonly #deps: RunnerDeps;
  readonly #stopReading = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #startedAtMs: number;
  /** Null until they were loaded, once: what failed since the last commit counts, too. */
  #totals: RunnerTotals | null = null;
  #stages: Stages | null = null;
  #trouble: string | null = null;
  /** The trouble that was logged last: it is logged again only after something was settled. */
  #told: string | null = null;
  #settledBatches = 0;
  #gone: readonly string[] = [];
  #inFlightSinceMs: number | null = null;
  #done: Promise<void> | null = null;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
    this.errors = new ErrorHistory(deps.config.errors_list_cap);
    this.#startedAtMs = deps.clock.monotonicMs();
  }

  start(): void {
    this.#done ??= this.#run();
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

  /** How long an unfilled batch may wait for more lines. */
  get lingerMs(): number {
    return this.#deps.pipeline.limits.lingerMs;
  }

  get progress(): RunnerProgress {
    const { clock, redact } = this.#deps;
    const reader = this.#stages?.reader;
    const trouble = this.#trouble ?? reader?.trouble() ?? null;
    return {
      origin: this.#origin,
      lagBytes: reader?.lag().bytes ?? 0,
      totals: this.#totals ?? noTotals(),
      counts: reader === undefined ? NO_COUNTS : countsOf(reader),
      trouble: trouble === null ? null : redact(trouble),
      elapsedMs: clock.monotonicMs() - this.#startedAtMs,
      settledBatches: this.#settledBatches,
      inFlightSinceMs: this.#inFlightSinceMs,
    };
  }

  get #origin(): string {
    const { config, redact } = this.#deps;
    const reader = this.#stages?.reader;
    return reader === undefined ? (config.reader?.['log_path'] ?? '') : redact(reader.origin);
  }

  async #run(): Promise<void> {
    const { clock, random, log } = this.#deps;
    const signal = this.#stopReading.signal;
    for (let failures = 1; !signal.aborted; failures += 1) {
      const before = this.#settledBatches;
      try {
        await this.#collect();
        return;
      } catch (thrown) {
        if (this.#settledBatches !== before) failures = 1;
        this.#readFailed(toAppError(thrown), log);
      }
      await clock.sleep(backoffMs(RESTART, failures, random), signal);
    }
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

  /** Opens everything at the last commit and works until told to stop; throws what it cannot mend. */
  async #collect(): Promise<void> {
    const { config, checkpoints, pipeline, redact } = this.#deps;
    const saved = await checkpoints.load(config.name);
    const totals = (this.#totals ??= totalsOf(saved.totals));
    const opened = await pipeline.openSenders();
    // A sender is named by its URL where it has no name, and a secret may be in that.
    const senders = opened.map(({ name, sender }) => ({
      name: redact(redactedUrl(name)),
      sender,
    }));
    const end = new AbortController();
    try {
      const reader = pipeline.openReader({
        positions: saved.positions,
        sealed: new Map(),
        limits: pipeline.limits,
        signal: AbortSignal.any([this.#stopReading.signal, end.signal]),
      });
      const stages: Stages = {
        reader,
        parser: pipeline.openParser(),
        transforms: pipeline.openTransforms(),
        senders,
      };
      this.#stages = stages;
      this.#trouble = null;
      // The next batch is read while this one is on its way to the senders.
      await this.#pump(
        readAhead(reader.batches, () => end.abort()),
        stages,
        totals,
      );
    } finally {
      this.#inFlightSinceMs = null;
      await Promise.allSettled(senders.map(({ sender }) => sender.close()));
    }
  }

  async #pump(
    batches: AsyncIterable<SourceBatch>,
    stages: Stages,
    totals: RunnerTotals,
  ): Promise<void> {
    for await (const batch of batches) {
      if (this.#stopReading.signal.aborted) return;
      this.#inFlightSinceMs = this.#deps.clock.monotonicMs();
      const isSettled = await this.#settle(batch, stages, totals);
      batch.release?.();
      if (!isSettled) return;
      this.#inFlightSinceMs = null;
      this.#settledBatches += 1;
    }
  }

  /** Resolves false when it had to give up: the batch is not settled and is not committed. */
  async #settle(batch: SourceBatch, stages: Stages, totals: RunnerTotals): Promise<boolean> {
    const { clock, random, enrich } = this.#deps;
    const work = this.#redacted(process(batch, stages, enrich, clock.now()));
    this.#noteFailures(work);
    const accepted = await deliver(work.records, stages.senders, this.#giveUp.signal, {
      clock,
      random,
      onError: (sender, error) => this.#sendFailed(sender, error, totals),
    });
    if (accepted === null) return false;

    countBatch(totals, batch, work, stages.senders);
    if (!(await this.#commit(batch, accepted, { reader: stages.reader, totals }))) return false;
    for (const acceptance of accepted) acceptance.committed();
    this.#trouble = null;
    this.#told = null;
    if (this.#deps.config.log_audit && batch.lines > 0) {
      this.#deps.audit.write(this.#deps.config.name, batch, work.records.count);
    }
    return true;
  }

  /** A disk that refuses the commit is waited for; when told to give up, the sinks take it back. */
  async #commit(
    batch: SourceBatch,
    accepted: readonly Acceptance[],
    { reader, totals }: { readonly reader: Reader; readonly totals: RunnerTotals },
  ): Promise<boolean> {
    const { checkpoints, clock, random, config } = this.#deps;
    const commit = {
      runner: config.name,
      source: { id: batch.source, position: batch.position },
      forgetSources: this.#goneBefore(batch, reader),
      sinks: accepted.flatMap(({ positions }) => positions),
      totals,
    };
    for (let failures = 1; ; failures += 1) {
      try {
        await checkpoints.commit(commit);
        return true;
      } catch (thrown) {
        this.#trouble = `cannot keep the checkpoint: ${messageOf(thrown)}`;
        this.errors.read(this.#trouble, clock.now());
      }
      if (this.#giveUp.signal.aborted) break;
      await clock.sleep(backoffMs(RESTART, failures, random), this.#giveUp.signal);
    }
    await undoAll(accepted);
    return false;
  }

  /** Options may hold secrets, and what fails may quote its options. */
  #redacted({ records, parsed, transformed }: Work): Work {
    const { redact } = this.#deps;
    const shown = <T extends { readonly lastError: string }>(stage: T): T =>
      stage.lastError === '' ? stage : { ...stage, lastError: redact(stage.lastError) };
    return { records, parsed: shown(parsed), transformed: transformed.map(shown) };
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

  #sendFailed({ name }: NamedSender, error: AppError, totals: RunnerTotals): void {
    const reason = this.#deps.redact(error.message);
    addTo(countOf(totals.senders, name), 0, 1, reason);
    this.errors.send(name, reason, this.#deps.clock.now());
    this.#trouble = `sender ${name}: ${reason}`;
  }
}

function countsOf(reader: Reader): FrameCounts {
  return reader.counts?.() ?? NO_COUNTS;
}
