/** IDs [min, max], both inclusive; 64-bit signed integers, so never a `number`. */
export interface IdRange {
  readonly min: bigint;
  readonly max: bigint;
}

export const ID_MIN = -(2n ** 63n);
export const ID_MAX = 2n ** 63n - 1n;

export function sizeOf({ min, max }: IdRange): bigint {
  return max - min + 1n;
}

export function doOverlap(a: IdRange, b: IdRange): boolean {
  return a.min <= b.max && b.min <= a.max;
}

/** What two ranges share, or null. */
export function sharedBy(a: IdRange, b: IdRange): IdRange | null {
  const min = a.min > b.min ? a.min : b.min;
  const max = a.max < b.max ? a.max : b.max;
  return min <= max ? { min, max } : null;
}

export function byMin(a: IdRange, b: IdRange): number {
  if (a.min !== b.min) return a.min < b.min ? -1 : 1;
  if (a.max !== b.max) return a.max < b.max ? -1 : 1;
  return 0;
}
