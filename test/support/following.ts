import { setImmediate } from 'node:timers/promises';
import type {
  BatchLimits,
  Reader,
  ReaderPlugin,
  SealedRange,
  SourceBatch,
} from '../../agent/plugins/plugin.ts';
import type { PluginOptions } from '../../shared/domain/runner-config.ts';
import { HastyClock } from './hasty-clock.ts';
import { pluginContext } from './plugin-context.ts';

export const LIMITS: BatchLimits = { lines: 0, bytes: 1024 * 1024, lingerMs: 0, lineBytes: 0 };

const DEADLINE_MS = 60_000;

interface Given {
  readonly positions?: ReadonlyMap<string, unknown>;
  readonly sealed?: ReadonlyMap<string, SealedRange>;
  readonly limits?: Partial<BatchLimits>;
}

/** A reader at work whose every batch is settled as soon as it comes. */
export class Following {
  readonly clock = new HastyClock();
  readonly batches: SourceBatch[] = [];
  readonly reader: Reader;
  /** What a checkpoint store would hold by now. */
  readonly positions: Map<string, unknown>;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(
    plugin: ReaderPlugin,
    options: PluginOptions,
    { positions, sealed, limits }: Given = {},
  ) {
    this.positions = new Map(positions);
    this.reader = plugin.configure(options).open(
      {
        positions: new Map(positions),
        sealed: new Map(sealed),
        limits: { ...LIMITS, ...limits },
        signal: this.#stop.signal,
      },
      pluginContext({ clock: this.clock }),
    );
    this.#done = this.#settleAll();
  }

  get text(): string {
    return Buffer.concat(this.batches.map(({ bytes }) => bytes)).toString();
  }

  /** Batches that are more than a position. */
  get full(): readonly SourceBatch[] {
    return this.batches.filter(({ lines }) => lines > 0);
  }

  /** Waits until so many lines came in all, and gives the whole text of them. */
  async lines(count: number): Promise<string> {
    await this.until(`${count} lines`, () => this.#count() >= count);
    return this.text;
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    const endMs = performance.now() + DEADLINE_MS;
    while (!isSo()) {
      if (performance.now() > endMs) {
        throw new Error(`waited in vain for ${what}; came: ${JSON.stringify(this.text)}`);
      }
      await setImmediate();
    }
  }

  /** Lets the reader look around, so that what is still missing then is held back on purpose. */
  async rest(sleeps = 40): Promise<string> {
    const end = this.clock.sleeps + sleeps;
    await this.until(`${sleeps} sleeps`, () => this.clock.sleeps >= end);
    return this.text;
  }

  /** Ends the reader; what a checkpoint store would hold then. */
  async stop(): Promise<ReadonlyMap<string, unknown>> {
    this.#stop.abort();
    await this.#done;
    return this.positions;
  }

  #count(): number {
    return this.batches.reduce((sum, { lines }) => sum + lines, 0);
  }

  async #settleAll(): Promise<void> {
    for await (const batch of this.reader.batches) {
      this.batches.push(batch);
      // As a store does: by way of JSON.
      this.positions.set(batch.source, JSON.parse(JSON.stringify(batch.position)));
      for (const source of this.reader.gone?.() ?? []) this.positions.delete(source);
    }
  }
}
