import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { Bell } from './bell.ts';

describe('Bell', () => {
  it('wakes all who wait, and nobody who comes later', async () => {
    const bell = new Bell();
    const { signal } = new AbortController();
    const woken: string[] = [];
    const wait = (name: string) => bell.heard(signal).then(() => woken.push(name));
    const first = [wait('a'), wait('b')];
    bell.ring();
    const late = wait('c');
    await Promise.all(first);
    expect(woken).toEqual(['a', 'b']);

    bell.ring();
    await late;
    expect(woken).toEqual(['a', 'b', 'c']);
  });

  it('wakes whoever is told to end, and does not keep one waiting who was before', async () => {
    const bell = new Bell();
    const ending = new AbortController();
    const heard = bell.heard(ending.signal);
    ending.abort();
    await heard;

    await bell.heard(ending.signal);
    await bell.heardWithin(1_000, new FakeClock(), ending.signal);
    expect(ending.signal.aborted).toBe(true);
  });

  it('wakes after a while whoever waits no longer than that', async () => {
    const bell = new Bell();
    const clock = new FakeClock();
    const { signal } = new AbortController();
    const heard = bell.heardWithin(1_000, clock, signal).then(() => clock.now());
    const startMs = clock.now();
    clock.advance(999);
    clock.advance(1);

    expect(await heard).toBe(startMs + 1_000);
  });
});
