import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { settled } from '../../test/support/runner-rig.ts';
import { SendRate } from './send-rate.ts';

const never = new AbortController().signal;

/** Whether it is ready within so many ms. */
async function isReadyIn(rate: SendRate, clock: FakeClock, ms: number): Promise<boolean> {
  let isReady = false;
  void rate.ready(never).then(() => {
    isReady = true;
  });
  clock.advance(ms);
  await settled();
  return isReady;
}

describe('SendRate', () => {
  it('makes what follows wait for as long as a batch should have taken', async () => {
    const clock = new FakeClock();
    const rate = new SendRate(100, clock);

    rate.spend(50);
    clock.advance(100);
    rate.spend(10);

    expect(await isReadyIn(rate, clock, 499)).toBe(false);
    expect(await isReadyIn(rate, clock, 1)).toBe(true);
  });

  it('saves nothing up while nothing is sent', async () => {
    const clock = new FakeClock();
    const rate = new SendRate(1, clock);

    rate.spend(1);
    clock.advance(60_000);
    rate.spend(2);

    expect(await isReadyIn(rate, clock, 1_999)).toBe(false);
    expect(await isReadyIn(rate, clock, 1)).toBe(true);
  });

  it('waits for longer than a timer can', async () => {
    const clock = new FakeClock();
    const rate = new SendRate(1, clock);
    rate.spend(4_000_000);

    let isReady = false;
    void rate.ready(never).then(() => {
      isReady = true;
    });
    for (let hour = 0; hour < 1_111; hour += 1) {
      clock.advance(3_600_000);
      await settled();
    }
    expect(isReady).toBe(false);
    clock.advance(400_000);
    await settled();
    expect(isReady).toBe(true);
  });

  it('waits no longer when it is given up', async () => {
    const clock = new FakeClock();
    const rate = new SendRate(1, clock);
    const quit = new AbortController();
    rate.spend(10);
    const ready = rate.ready(quit.signal);

    quit.abort();

    await expect(ready).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it.each([0, -1])('has no limit at %i', async (perSecond) => {
    const clock = new FakeClock();
    const rate = new SendRate(perSecond, clock);
    rate.spend(1_000_000);

    expect(await isReadyIn(rate, clock, 0)).toBe(true);
  });
});
