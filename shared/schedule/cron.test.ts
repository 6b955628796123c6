import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { every, ticksOf } from './cron.ts';

describe('ticksOf', () => {
  it.each([
    { when: '1s', expression: '*/1 * * * * *', each: 1 },
    { when: '15s', expression: '*/15 * * * * *', each: 1 },
    { when: '90s', expression: '*/30 * * * * *', each: 3 },
    { when: '7s', expression: '*/1 * * * * *', each: 7 },
    { when: '1m', expression: '0 */1 * * * *', each: 1 },
    { when: '10m', expression: '0 */10 * * * *', each: 1 },
    { when: '25m', expression: '0 */5 * * * *', each: 5 },
    { when: '1h', expression: '0 0 */1 * * *', each: 1 },
    { when: '36h', expression: '0 0 */12 * * *', each: 3 },
    { when: '48h', expression: '0 0 0 * * *', each: 2 },
    { when: '1500ms', expression: '*/2 * * * * *', each: 1 },
    { when: '0 3 * * *', expression: '0 3 * * *', each: 1 },
    { when: '*/5 * * * * *', expression: '*/5 * * * * *', each: 1 },
  ])('counts $when as every $each. tick of $expression', ({ when, expression, each }) => {
    expect(ticksOf(when)).toEqual({ expression, each });
  });

  it.each(['', '0', '500ms', 'often', '61 * * * *', '-1m'])('refuses %j', (when) => {
    expect(() => ticksOf(when)).toThrow('says no times; write a duration such as "10m"');
  });
});

describe('every', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date(2026, 0, 1, 12, 0, 0, 1) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('runs the task again and again until the signal aborts', async () => {
    const stop = new AbortController();
    let runs = 0;
    const task = async () => void (runs += 1);
    const ended = every('1m', task, { signal: stop.signal, onError: fail });

    await vi.advanceTimersByTimeAsync(180_000);
    expect(runs).toBe(3);

    stop.abort();
    await ended;
    await vi.advanceTimersByTimeAsync(180_000);
    expect(runs).toBe(3);
  });

  it('keeps to a duration that cron cannot say', async () => {
    const stop = new AbortController();
    const seconds: number[] = [];
    const task = async () => void seconds.push(Math.round((Date.now() % 3_600_000) / 1_000));
    const ended = every('90s', task, { signal: stop.signal, onError: fail });

    await vi.advanceTimersByTimeAsync(271_000);
    expect(seconds).toEqual([90, 180, 270]);
    stop.abort();
    await ended;
  });

  it('goes on after a task that failed', async () => {
    const stop = new AbortController();
    const errors: unknown[] = [];
    const task = () => Promise.reject(new Error('disk is gone'));
    const onError = (thrown: unknown) => void errors.push(thrown);
    const ended = every('1s', task, { signal: stop.signal, onError });

    await vi.advanceTimersByTimeAsync(2_000);
    stop.abort();
    await ended;

    expect(errors).toEqual([new Error('disk is gone'), new Error('disk is gone')]);
  });

  it('never runs the task twice at a time, and waits for its end', async () => {
    const stop = new AbortController();
    const gate = Promise.withResolvers<undefined>();
    let runs = 0;
    let isEnded = false;
    const task = async () => {
      runs += 1;
      await gate.promise;
    };
    const ended = every('1s', task, { signal: stop.signal, onError: fail }).then(
      () => (isEnded = true),
    );

    await vi.advanceTimersByTimeAsync(5_000);
    expect(runs).toBe(1);
    stop.abort();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(isEnded).toBe(false);

    gate.resolve(undefined);
    await ended;
    expect(isEnded).toBe(true);
  });

  it('does nothing when the signal has aborted before', async () => {
    await every('1s', fail, { signal: AbortSignal.abort(), onError: fail });
  });
});

function fail(): never {
  throw new Error('must not be called');
}
