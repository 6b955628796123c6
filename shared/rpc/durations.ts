/** Upper bounds of what answers are sorted into; a fast network answers within tenths of a ms. */
export const BUCKETS_MS: readonly number[] = [
  0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
];

/** How long calls took: plain numbers, for each call counts here. */
export class Durations {
  /** One a bucket, and one for what is above the last one. */
  readonly counts: number[] = [...BUCKETS_MS.map(() => 0), 0];
  count = 0;
  sumMs = 0;

  add(ms: number): void {
    let nth = 0;
    while (ms > (BUCKETS_MS[nth] ?? Number.POSITIVE_INFINITY)) nth += 1;
    this.counts[nth] = (this.counts[nth] ?? 0) + 1;
    this.count += 1;
    this.sumMs += ms;
  }
}
