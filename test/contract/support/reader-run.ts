import type {
  BatchLimits,
  Reader,
  ReaderPlugin,
  SealedRange,
  SourceBatch,
} from '../../../agent/plugins/plugin.ts';
import { createPoolClient } from '../../../shared/client/pool-client.ts';
import type { PluginOptions } from '../../../shared/domain/runner-config.ts';
import { LIMITS } from '../../support/following.ts';
import { pluginContext } from '../../support/plugin-context.ts';
import { CountingClock } from './counting-clock.ts';
import { within } from './within.ts';

interface Given {
  readonly positions?: ReadonlyMap<string, unknown>;
  readonly sealed?: ReadonlyMap<string, SealedRange>;
  readonly limits?: Partial<BatchLimits>;
}

/** One life of a reader, pulled batch by batch as a runner does. */
export class ReaderRun {
  readonly reader: Reader;
  readonly clock = new CountingClock();
  readonly #http = createPoolClient({ userAgent: 'test' });
  readonly #stop = new AbortController();
  readonly #batches: AsyncIterator<SourceBatch>;

  constructor(plugin: ReaderPlugin, options: PluginOptions, given: Given = {}) {
    const { positions, sealed, limits } = given;
    this.reader = plugin.configure(options).open(
      {
        positions: new Map(positions),
        sealed: new Map(sealed),
        limits: { ...LIMITS, ...limits },
        signal: this.#stop.signal,
      },
      pluginContext({ clock: this.clock, http: this.#http }),
    );
    this.#batches = this.reader.batches[Symbol.asyncIterator]();
  }

  /** The next batch, which may hold no line. */
  async next(): Promise<SourceBatch> {
    const { done, value } = await this.#batches.next();
    if (done === true) throw new Error('the reader has ended');
    return value;
  }

  /** Pulls until enough has come; so many of the batches are settled, and what came before them. */
  async until(
    isEnough: (batches: readonly SourceBatch[]) => boolean,
    settledMax = Number.POSITIVE_INFINITY,
  ): Promise<SourceBatch[]> {
    const batches: SourceBatch[] = [];
    while (!isEnough(batches)) {
      const batch = await within('a batch', this.next());
      if (batch.lines > 0) batches.push(batch);
      if (batches.length <= settledMax) batch.settled?.();
    }
    return batches;
  }

  abort(): void {
    this.#stop.abort();
  }

  /** Ends it; resolves when it has cleaned up behind itself. */
  async end(): Promise<void> {
    this.#stop.abort();
    try {
      await within('the end of the reader', Promise.resolve(this.#batches.return?.()));
    } finally {
      await this.#http.close();
    }
  }
}
