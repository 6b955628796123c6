import { hash } from 'node:crypto';

const DIGEST_BYTES = 16;
const WORDS = DIGEST_BYTES / 4;
const TWO_TO_32 = 2 ** 32;
/** Told apart by the first 12 bits of a line's digest. */
export const BUCKETS = 4096;

/** 128 bits that stand for the content of a line. */
export function lineHash(line: Buffer): Buffer {
  return hash('sha256', line, 'buffer').subarray(0, DIGEST_BYTES);
}

export function bucketOf(lineDigest: Buffer): number {
  return lineDigest.readUInt16BE(0) >>> 4;
}

/**
 * A digest of many lines in any order: in each bucket their number and the sum of their digests.
 * Sums, other than exclusive ors, also tell a line that comes twice. It takes the same memory for
 * any number of lines, and where two differ, the buckets that do name a few lines to look at.
 */
export class LineDigest {
  readonly #counts = new Float64Array(BUCKETS);
  readonly #sums = new Uint32Array(BUCKETS * WORDS);

  add(lineDigest: Buffer): void {
    const bucket = bucketOf(lineDigest);
    this.#counts[bucket] = this.countIn(bucket) + 1;
    let carry = 0;
    // From the last word, the lowest, to the first.
    for (let word = WORDS - 1; word >= 0; word -= 1) {
      const at = bucket * WORDS + word;
      const sum = (this.#sums[at] ?? 0) + lineDigest.readUInt32BE(word * 4) + carry;
      this.#sums[at] = sum;
      carry = sum >= TWO_TO_32 ? 1 : 0;
    }
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  countIn(bucket: number): number {
    return this.#counts[bucket] ?? 0;
  }

  /** The buckets in which the lines of the two are not the same. */
  differing(other: LineDigest): number[] {
    const buckets: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      if (!this.#isSame(other, bucket)) buckets.push(bucket);
    }
    return buckets;
  }

  #isSame(other: LineDigest, bucket: number): boolean {
    if (this.countIn(bucket) !== other.countIn(bucket)) return false;
    for (let at = bucket * WORDS; at < (bucket + 1) * WORDS; at += 1) {
      if (this.#sums[at] !== other.#sums[at]) return false;
    }
    return true;
  }
}
