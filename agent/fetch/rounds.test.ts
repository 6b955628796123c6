import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { settled } from '../../test/support/runner-rig.ts';
import { Rounds } from './rounds.ts';
import { scheduleOf } from './schedule.ts';

describe('rounds', () => {
  it('come at the times of a cron expression', async () => {
    const { clock, seen, stop } = running('*/10 * * * * *', false);

    await settled();
    expect(seen).toEqual([]);
    for (let second = 1; second <= 25; second += 1) await pass(clock, 1_000);
    expect(seen).toEqual([10, 20]);
    await stop();
  });

  it('come once at the start where the schedule is empty', async () => {
    const { clock, seen, stop } = running('', true);

    await settled();
    await pass(clock, 3_600_000);
    expect(seen).toEqual([0]);
    await stop();
  });

  it('come at the start of a loop, and so long after each start', async () => {
    const { clock, seen, stop } = running('loop 5s', false);

    await settled();
    for (let second = 1; second <= 11; second += 1) await pass(clock, 1_000);
    expect(seen).toEqual([0, 5, 10]);
    await stop();
  });

  it('do not pile up while one takes longer', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const due = new Rounds(scheduleOf('loop 1s') ?? { kind: 'once' }, {
      ...{ clock, signal: stop.signal, onStart: false },
    });

    await due.next();
    clock.advance(10_000);
    const second = due.next();
    await settled();
    clock.advance(0);
    expect(await second).toBe(true);
    const third = due.next();
    clock.advance(999);
    await settled();
    stop.abort();
    expect(await third).toBe(false);
  });

  it('come at the right time when the wall clock is set back', async () => {
    const { clock, seen, stop } = running('0 * * * * *', false);

    await pass(clock, 20_000);
    clock.jumpWall(-3_600_000);
    for (let second = 1; second <= 60; second += 1) await pass(clock, 1_000);
    expect(seen.length).toBeGreaterThan(0);
    await stop();
  });
});

function running(text: string, onStart: boolean) {
  const clock = new FakeClock();
  const startMs = clock.now();
  const end = new AbortController();
  const seen: number[] = [];
  const schedule = scheduleOf(text) ?? { kind: 'once' };
  const done = (async () => {
    const due = new Rounds(schedule, { clock, signal: end.signal, onStart });
    while (await due.next()) {
      seen.push((clock.now() - startMs) / 1_000);
    }
  })();
  const stop = async () => {
    end.abort();
    await done;
  };
  return { clock, seen, stop };
}

async function pass(clock: FakeClock, ms: number): Promise<void> {
  await settled();
  clock.advance(ms);
  await settled();
}
