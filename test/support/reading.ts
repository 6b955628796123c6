import type {
  BatchLimits,
  PluginContext,
  Reader,
  ReaderPlugin,
  SealedRange,
  SourceBatch,
} from '../../agent/plugins/plugin.ts';
import type { PluginOptions } from '../../shared/domain/runner-config.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { LIMITS } from './following.ts';
import { pluginContext } from './plugin-context.ts';
import { waitFor } from './wait-for.ts';

interface Given {
  readonly positions?: ReadonlyMap<string, unknown>;
  readonly sealed?: ReadonlyMap<string, SealedRange>;
  readonly limits?: Partial<BatchLimits>;
  /** Batches are not said to be settled. */
  readonly isUnsettled?: boolean;
  readonly runner?: string;
  readonly context?: Partial<PluginContext>;
}

/** A reader at work on a real server, in real time; every batch is settled as soon as it comes. */
export class Reading {
  readonly batches: SourceBatch[] = [];
  readonly reader: Reader;
  /** What a checkpoint store would hold by now. */
  readonly positions: Map<string, unknown>;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #thrown: unknown = null;

  constructor(plugin: ReaderPlugin, options: PluginOptions, given: Given = {}) {
    const { positions, sealed, limits, isUnsettled = false, runner = 'r1', context } = given;
    this.positions = new Map(positions);
    this.reader = plugin.configure(options).open(
      {
        positions: new Map(positions),
        sealed: new Map(sealed),
        limits: { ...LIMITS, ...limits },
        signal: this.#stop.signal,
      },
      pluginContext({ clock: systemClock, runner, ...context }),
    );
    this.#done = this.#take(isUnsettled).catch((thrown: unknown) => {
      this.#thrown = thrown;
    });
  }

  get lines(): string[] {
    const text = Buffer.concat(this.batches.map(({ bytes }) => bytes)).toString();
    return text === '' ? [] : text.slice(0, -1).split('\n');
  }

  /** Of the first batch. */
  get source(): string {
    return this.batches[0]?.source ?? '';
  }

  /** Of one of its batches. */
  rangeOf(batch: number): SealedRange {
    return this.batches[batch]?.range ?? { generation: 0, start: 0, end: 0 };
  }

  get records(): unknown[] {
    return this.lines.map((line) => JSON.parse(line) as unknown);
  }

  /** Waits until so many lines came in all. */
  async until(count: number): Promise<string[]> {
    await waitFor(`${count} lines, not ${this.lines.length}`, () => {
      if (this.#thrown !== null) throw new Error('the reader failed', { cause: this.#thrown });
      return this.lines.length >= count;
    });
    return this.lines;
  }

  /** Ends the reader; what a checkpoint store would hold then. */
  async stop(): Promise<ReadonlyMap<string, unknown>> {
    this.#stop.abort();
    await this.#done;
    return this.positions;
  }

  /** What the reader throws, which ends it. */
  async failure(): Promise<unknown> {
    await this.#done;
    return this.#thrown;
  }

  async #take(isUnsettled: boolean): Promise<void> {
    for await (const batch of this.reader.batches) {
      this.batches.push(batch);
      if (isUnsettled) continue;
      // As a store does: by way of JSON.
      this.positions.set(batch.source, JSON.parse(JSON.stringify(batch.position)));
      batch.settled?.();
    }
  }
}
