import type { Lines } from '../fetch/running-source.ts';
import {
  addCounts,
  type FrameCounts,
  type FrameLimits,
  type Framing,
  NO_COUNTS,
} from '../framing/framing.ts';
import type { Framer } from './frames.ts';

/** Lines, each ended by a line break; the last one also by the end of the connection. */
export class LineFramer implements Framer {
  counts: FrameCounts = NO_COUNTS;
  readonly #framing: Framing;
  readonly #limits: Pick<FrameLimits, 'lines' | 'lineBytes'>;
  #rest: Buffer = Buffer.alloc(0);
  #inLine = false;
  #atStart = true;

  constructor(framing: Framing, limits: Pick<FrameLimits, 'lines' | 'lineBytes'>) {
    this.#framing = framing;
    this.#limits = limits;
  }

  push(chunk: Buffer): readonly Lines[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    return this.#taken('open');
  }

  end(): readonly Lines[] {
    return this.#taken('final');
  }

  #taken(end: FrameLimits['end']): readonly Lines[] {
    const parts: Lines[] = [];
    while (this.#rest.length > 0) {
      const split = this.#framing.take(this.#rest, {
        ...{ ...this.#limits, inLine: this.#inLine, atStart: this.#atStart },
        ...{ end, withOffsets: false },
      });
      if (split.consumed === 0) break;
      this.#rest = this.#rest.subarray(split.consumed);
      this.#inLine = split.inLine;
      this.#atStart = false;
      this.counts = addCounts(this.counts, split.counts);
      if (split.lines > 0) parts.push(split);
    }
    return parts;
  }
}
