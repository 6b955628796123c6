import type { BatchLimits } from '../../plugin.ts';
import type { Hit } from './answer.ts';

/** Hits that are read and not yet handed out. */
export class Filling {
  /** Bytes of the batch that is to be just as it was; 0: none is. */
  sealedBytes: number;
  readonly #limits: BatchLimits;
  #hits: Hit[] = [];
  #bytes = 0;

  constructor(limits: BatchLimits, sealedBytes: number) {
    this.#limits = limits;
    this.sealedBytes = sealedBytes;
  }

  add(hits: readonly Hit[]): void {
    this.#hits.push(...hits);
    this.#bytes += bytesOf(hits);
  }

  /** Those of the next batch; none: more may be in it. */
  take(): readonly Hit[] {
    const count = this.#count();
    this.#bytes -= bytesOf(this.#hits.slice(0, count));
    if (count > 0) this.sealedBytes = 0;
    return this.#hits.splice(0, count);
  }

  /** All that is left. */
  rest(): readonly Hit[] {
    const hits = this.#hits;
    this.#hits = [];
    this.#bytes = 0;
    return hits;
  }

  #count(): number {
    const { lines: linesMax, bytes: bytesMax } = this.#limits;
    if (this.sealedBytes > 0) {
      return this.#bytes < this.sealedBytes ? 0 : countWithin(this.#hits, this.sealedBytes);
    }
    const isFull = linesMax > 0 && this.#hits.length >= linesMax;
    if (isFull) return Math.min(linesMax, countWithin(this.#hits, bytesMax));
    return this.#bytes >= bytesMax ? countWithin(this.#hits, bytesMax) : 0;
  }
}

function bytesOf(hits: readonly Hit[]): number {
  return hits.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** How many hits fill so many bytes; at least one. */
function countWithin(hits: readonly Hit[], bytesMax: number): number {
  let sum = 0;
  for (const [index, { bytes }] of hits.entries()) {
    sum += bytes;
    if (sum >= bytesMax) return sum > bytesMax && index > 0 ? index : index + 1;
  }
  return hits.length;
}
