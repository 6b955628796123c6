import { describe, expect, it } from 'vitest';
import { STALLED_MS, StallWatch } from './stall-watch.ts';

const IDLE = { lagBytes: 0, settledBatches: 5, inFlightSinceMs: null };
const LATE_MS = STALLED_MS + 1;

describe('StallWatch', () => {
  it('is content with a runner that has nothing to do', () => {
    const watch = new StallWatch();

    expect(watch.look(IDLE, 0)).toBe(false);
    expect(watch.look(IDLE, LATE_MS)).toBe(false);
  });

  it('sees a batch that no sink takes, even at the first look', () => {
    const stuck = { ...IDLE, inFlightSinceMs: 10 };

    expect(new StallWatch().look(stuck, 10 + STALLED_MS)).toBe(false);
    expect(new StallWatch().look(stuck, 10 + LATE_MS)).toBe(true);
  });

  it('sees bytes that nobody reads', () => {
    const watch = new StallWatch();
    const unread = { ...IDLE, lagBytes: 100 };

    expect(watch.look(unread, 0)).toBe(false);
    expect(watch.look(unread, LATE_MS)).toBe(true);
    expect(watch.look({ ...unread, settledBatches: 6 }, LATE_MS + 1)).toBe(false);
  });

  it('starts to count when the work appears, not when the last of it was done', () => {
    const watch = new StallWatch();
    watch.look(IDLE, 0);

    expect(watch.look({ ...IDLE, lagBytes: 1 }, 10 * LATE_MS)).toBe(false);
  });
});
