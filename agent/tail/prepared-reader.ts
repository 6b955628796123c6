import type { Clock } from '../../shared/kernel/clock.ts';
import { NO_COUNTS } from '../framing/framing.ts';
import type { Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { reasonOf } from './found-file.ts';
import type { FilePosition } from './identity.ts';
import { NO_LINES, Progress } from './progress.ts';

const RETRY_MS = 1_000;

/** What is to be settled before the first line is read. */
export interface Prepared {
  readonly announced: readonly SourceBatch[];
  /** What reading begins with. */
  readonly positions: ReaderOpening['positions'];
  /** Sources that are not known any more. */
  readonly gone: readonly string[];
}

interface Preparing {
  readonly origin: string;
  /** Asked until it does not throw. */
  readonly prepare: () => Promise<Prepared>;
  readonly open: (positions: ReaderOpening['positions']) => Reader;
  readonly clock: Clock;
}

/** A reader whose positions are put in order, and settled, before it reads the first line. */
export class PreparedReader implements Reader {
  readonly origin: string;
  readonly batches: AsyncIterable<SourceBatch>;
  readonly #preparing: Preparing;
  readonly #signal: AbortSignal;
  #reader: Reader | null = null;
  #gone: readonly string[] = [];
  #trouble: string | null = null;

  constructor(preparing: Preparing, signal: AbortSignal) {
    this.origin = preparing.origin;
    this.#preparing = preparing;
    this.#signal = signal;
    this.batches = { [Symbol.asyncIterator]: () => this.#run() };
  }

  lag() {
    return this.#reader?.lag() ?? { bytes: 0 };
  }

  counts() {
    return this.#reader?.counts?.() ?? NO_COUNTS;
  }

  trouble(): string | null {
    return this.#reader?.trouble() ?? this.#trouble;
  }

  gone(): readonly string[] {
    const gone = [...this.#gone, ...(this.#reader?.gone?.() ?? [])];
    this.#gone = [];
    return gone;
  }

  isResting(): boolean {
    return this.#reader?.isResting?.() ?? false;
  }

  async isLosing(): Promise<boolean> {
    return (await this.#reader?.isLosing?.()) ?? false;
  }

  async *#run(): AsyncGenerator<SourceBatch, undefined> {
    const prepared = await this.#prepared();
    if (prepared === null) return;
    yield* prepared.announced;
    this.#gone = prepared.gone;
    this.#reader = this.#preparing.open(prepared.positions);
    yield* this.#reader.batches;
  }

  async #prepared(): Promise<Prepared | null> {
    const { origin, clock, prepare } = this.#preparing;
    while (!this.#signal.aborted) {
      try {
        const prepared = await prepare();
        this.#trouble = null;
        return prepared;
      } catch (thrown) {
        this.#trouble = `cannot read ${origin}: ${reasonOf(thrown)}`;
      }
      await clock.sleep(RETRY_MS, this.#signal);
    }
    return null;
  }
}

/** A batch that only says where a source is. */
export function announcement(source: string, position: FilePosition): SourceBatch {
  return new Progress(source, position, false).batch(NO_LINES);
}
