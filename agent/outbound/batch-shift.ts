import { createHash } from 'node:crypto';

/** Less than half a millisecond. */
const SHIFT_NS_MAX = 400_000;

/**
 * So many nanoseconds behind its millisecond the times of a batch begin, always the same: batches
 * of one millisecond, also those of other runners, seldom have times in common.
 */
export function batchShiftNs(batch: string): number {
  return createHash('sha256').update(batch).digest().readUInt32BE() % SHIFT_NS_MAX;
}
