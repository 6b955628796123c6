import { describe, expect, it } from 'vitest';
import { STALLED_MS, StallWatch, UNFINISHED_BYTES_MAX } from './stall-watch.ts';

const IDLE = {
  ...{ lagBytes: 0, isResting: false, trouble: null },
  ...{ settledBatches: 5, inFlightSinceMs: null },
};
const LATE_MS = STALLED_MS + 1;

describe('StallWatch', () => {
  it('is content with a runner that has nothing to do', () => {
    const watch = new StallWatch(0);

    expect(watch.look(IDLE, 0)).toBe(false);
    expect(watch.look(IDLE, LATE_MS)).toBe(false);
  });

  it('sees a batch that no sink takes, even at the first look', () => {
    const stuck = { ...IDLE, inFlightSinceMs: 10 };

    expect(new StallWatch(0).look(stuck, 10 + STALLED_MS)).toBe(false);
    expect(new StallWatch(0).look(stuck, 10 + LATE_MS)).toBe(true);
  });

  it.each([
    { lagBytes: UNFINISHED_BYTES_MAX, trouble: null, why: 'more than any unfinished line' },
    { lagBytes: 1, trouble: 'permission denied', why: 'something is known to be wrong' },
  ])('sees $lagBytes bytes that nobody reads: $why', ({ lagBytes, trouble }) => {
    const watch = new StallWatch(0);
    const unread = { ...IDLE, lagBytes, trouble };

    expect(watch.look(unread, 0)).toBe(false);
    expect(watch.look(unread, LATE_MS)).toBe(true);
    expect(watch.look({ ...unread, settledBatches: 6 }, LATE_MS + 1)).toBe(false);
  });

  it('is content with a reader that was told not to read now', () => {
    const watch = new StallWatch(0);
    const resting = { ...IDLE, lagBytes: UNFINISHED_BYTES_MAX, isResting: true };
    watch.look(resting, 0);

    expect(watch.look(resting, LATE_MS)).toBe(false);
    expect(watch.look({ ...resting, inFlightSinceMs: 0 }, LATE_MS)).toBe(true);
  });

  it('takes a last line that nobody finishes for no work', () => {
    const watch = new StallWatch(0);
    watch.look({ ...IDLE, lagBytes: 100 }, 0);

    expect(watch.look({ ...IDLE, lagBytes: 100 }, 10 * LATE_MS)).toBe(false);
  });

  it('waits as much longer as an unfilled batch may', () => {
    const stuck = { ...IDLE, inFlightSinceMs: 0 };

    expect(new StallWatch(60_000).look(stuck, LATE_MS)).toBe(false);
    expect(new StallWatch(60_000).look(stuck, 60_000 + LATE_MS)).toBe(true);
  });

  it('starts to count when the work appears, not when the last of it was done', () => {
    const watch = new StallWatch(0);
    watch.look(IDLE, 0);
    const busy = { ...IDLE, lagBytes: UNFINISHED_BYTES_MAX };

    expect(watch.look(busy, 10 * LATE_MS)).toBe(false);
  });
});
