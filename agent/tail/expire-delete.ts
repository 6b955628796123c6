import { option } from '../plugins/option.ts';

/** Of the readers of patterns. */
export const expireDeleteOption = option
  .flag(false)
  .describe('Files that are read to their end and expired are deleted; compressed ones when read.');

/** After how long without writes a file that is read is deleted; null: none is, compressed or not. */
export function expiryOf(isDeleting: boolean, expireMs: number): number | null {
  if (!isDeleting) return null;
  return expireMs > 0 ? expireMs : Number.POSITIVE_INFINITY;
}
