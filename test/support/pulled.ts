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

interface Given {
  readonly positions?: ReadonlyMap<string, unknown>;
  readonly sealed?: ReadonlyMap<string, SealedRange>;
  readonly limits?: Partial<BatchLimits>;
  readonly context?: Partial<PluginContext>;
}

/** A reader whose batches are pulled one by one, and settled only when the test says so. */
export class Pulled {
  readonly reader: Reader;
  readonly #stop = new AbortController();
  readonly #batches: AsyncIterator<SourceBatch>;

  constructor(plugin: ReaderPlugin, options: PluginOptions, given: Given = {}) {
    const { positions, sealed, limits, context } = given;
    this.reader = plugin.configure(options).open(
      {
        positions: new Map(positions),
        sealed: new Map(sealed),
        limits: { ...LIMITS, ...limits },
        signal: this.#stop.signal,
      },
      pluginContext({ clock: systemClock, ...context }),
    );
    this.#batches = this.reader.batches[Symbol.asyncIterator]();
  }

  async next(): Promise<SourceBatch> {
    const { done, value } = await this.#batches.next();
    if (done === true) throw new Error('the reader has ended');
    return value;
  }

  async nextText(): Promise<string> {
    return (await this.next()).bytes.toString();
  }

  /** Batches until so many lines came, as text. */
  async lines(count: number): Promise<string> {
    let text = '';
    for (let seen = 0; seen < count; ) {
      const { bytes, lines } = await this.next();
      text += bytes.toString();
      seen += lines;
    }
    return text;
  }

  /** Ends the reader; whatever it still hands out is dropped. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#batches.return?.();
  }
}
