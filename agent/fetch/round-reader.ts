import { messageOf } from '../../shared/kernel/errors.ts';
import { doubling, retryDelayMs } from '../../shared/resilience/retry-schedule.ts';
import { addCounts, type FrameCounts, NO_COUNTS } from '../framing/framing.ts';
import type { PluginContext, Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { Rounds } from './rounds.ts';
import { type Lines, RunningSource } from './running-source.ts';
import type { Schedule } from './schedule.ts';

const RETRY = doubling(3_000, 60_000);
const ATTEMPTS_MAX = 10;

/** What a round has brought. */
export interface Round {
  readonly parts: readonly Lines[];
  readonly counts?: FrameCounts;
  /** Kept with the position once all parts are settled; found in `kept` from the next round on. */
  readonly keep?: Readonly<Record<string, unknown>>;
  /** What the status says although there are lines, such as an exit code; null: nothing. */
  readonly trouble?: string | null;
}

export interface RoundReaderOptions {
  /** The id of the source, by which its position is kept. */
  readonly source: string;
  readonly origin: string;
  readonly schedule: Schedule;
  readonly onStart: boolean;
  /**
   * Asks for the data, once; what it throws is told and, but in a loop, tried again soon, at most
   * ten times.
   */
  gather(kept: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Round>;
}

/**
 * A reader that asks for its data at certain times. What a round has brought is handed out before
 * the next one begins; the first round of a schedule of one time is done again at every start.
 */
export function openRoundReader(
  options: RoundReaderOptions,
  opening: ReaderOpening,
  context: PluginContext,
): Reader {
  const reading = new RoundReading(options, opening, context);
  return {
    origin: options.origin,
    batches: reading.batches(),
    lag: () => ({ bytes: reading.waitingBytes }),
    counts: () => reading.counts,
    trouble: () => reading.trouble,
  };
}

class RoundReading {
  trouble: string | null = null;
  counts: FrameCounts = NO_COUNTS;
  waitingBytes = 0;
  readonly #options: RoundReaderOptions;
  readonly #signal: AbortSignal;
  readonly #context: PluginContext;
  readonly #source: RunningSource;
  #kept: Readonly<Record<string, unknown>>;

  constructor(options: RoundReaderOptions, opening: ReaderOpening, context: PluginContext) {
    this.#options = options;
    this.#signal = opening.signal;
    this.#context = context;
    this.#source = new RunningSource(options.source, opening);
    this.#kept = this.#source.kept;
  }

  async *batches(): AsyncGenerator<SourceBatch, undefined> {
    const { schedule, onStart } = this.#options;
    const { clock } = this.#context;
    const rounds = new Rounds(schedule, { clock, signal: this.#signal, onStart });
    while (await rounds.next()) {
      const round = await this.#gather();
      if (round !== null) yield* this.#handOut(round);
    }
  }

  *#handOut({ parts, keep = {} }: Round): Generator<SourceBatch, undefined> {
    this.waitingBytes = parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (const [index, part] of parts.entries()) {
      if (this.#signal.aborted) return;
      this.waitingBytes -= part.bytes.length;
      if (index === parts.length - 1) this.#kept = { ...this.#kept, ...keep };
      yield this.#source.batch(part, { origin: this.#options.origin, keep: this.#kept });
    }
  }

  /** Null: there is none, for which `trouble` says why. */
  async #gather(): Promise<Round | null> {
    const { schedule } = this.#options;
    const { clock, random } = this.#context;
    const attemptsMax = schedule.kind === 'loop' ? 1 : ATTEMPTS_MAX;
    for (let attempt = 1; !this.#signal.aborted; attempt += 1) {
      const round = await this.#attempt();
      if (round !== null || attempt === attemptsMax) return round;
      await clock.sleep(retryDelayMs(RETRY, attempt, random), this.#signal);
    }
    return null;
  }

  async #attempt(): Promise<Round | null> {
    try {
      const round = await this.#options.gather(this.#kept, this.#signal);
      this.counts = addCounts(this.counts, round.counts ?? NO_COUNTS);
      this.#told(round.trouble ?? null);
      return round;
    } catch (thrown) {
      if (!this.#signal.aborted) this.#told(messageOf(thrown));
      return null;
    }
  }

  #told(trouble: string | null): void {
    const isNews = trouble !== null && trouble !== this.trouble;
    this.trouble = trouble;
    // The reason is in the status; a log may be read by more people than what a script says is for.
    if (isNews)
      this.#context.log.warn({ runner: this.#context.runner }, 'a round of a reader failed');
  }
}
