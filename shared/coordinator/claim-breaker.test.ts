import { describe, expect, it } from 'vitest';
import type { CallEnd } from '../resilience/breaker.ts';
import { ClaimBreaker, type ClaimBreakerOptions } from './claim-breaker.ts';

const OPTIONS: ClaimBreakerOptions = {
  consecutiveFailuresMax: 3,
  failuresMax: 5,
  windowMs: 10_000,
  openMs: 1_000,
  probesMax: 2,
};

/** Partitions are claimed, and end. */
function end(breaker: ClaimBreaker, how: CallEnd, ids: readonly number[], nowMs = 0): void {
  for (const id of ids) breaker.ended(breaker.claimed(1, nowMs), id, how, nowMs);
}

function tripped(): ClaimBreaker {
  const breaker = new ClaimBreaker(OPTIONS);
  end(breaker, 'failure', [1, 2, 3]);
  return breaker;
}

describe('ClaimBreaker', () => {
  it('lets as many be claimed as are wanted, as long as they succeed', () => {
    const breaker = new ClaimBreaker(OPTIONS);

    expect(breaker.roomFor(50, 0)).toBe(50);
  });

  it('lets nothing be claimed after so many failures one after another', () => {
    const breaker = new ClaimBreaker(OPTIONS);
    end(breaker, 'failure', [1, 2]);
    expect(breaker.stats(0)).toMatchObject({ state: 'closed', consecutive_failures: 2 });
    end(breaker, 'failure', [3]);

    expect(breaker.roomFor(50, 0)).toBe(0);
  });

  it('counts anew after a success', () => {
    const breaker = new ClaimBreaker(OPTIONS);
    end(breaker, 'failure', [1, 2]);
    end(breaker, 'success', [9]);
    end(breaker, 'failure', [3, 4]);

    expect(breaker.roomFor(1, 0)).toBe(1);
  });

  it('lets nothing be claimed after so many different ones failed within the window', () => {
    const breaker = new ClaimBreaker(OPTIONS);
    for (const id of [1, 2, 3, 4, 5]) {
      end(breaker, 'success', [9]);
      end(breaker, 'failure', [id]);
    }

    expect(breaker.stats(0)).toMatchObject({ state: 'open', total_failures: 5, trips: 1 });
  });

  it('counts one that fails again and again once', () => {
    const breaker = new ClaimBreaker(OPTIONS);
    for (let time = 0; time < 10; time += 1) {
      end(breaker, 'success', [9]);
      end(breaker, 'failure', [7]);
    }

    expect(breaker.stats(0)).toMatchObject({ state: 'closed', failed_partitions: [7] });
  });

  it('forgets what failed before the window', () => {
    const breaker = new ClaimBreaker(OPTIONS);
    for (const id of [1, 2, 3, 4]) {
      end(breaker, 'success', [9]);
      end(breaker, 'failure', [id]);
    }
    end(breaker, 'success', [9]);
    end(breaker, 'failure', [5], 10_001);

    expect(breaker.stats(10_001)).toMatchObject({ state: 'closed', failed_partitions: [5] });
  });

  it('lets a few be tried when it was open for long enough', () => {
    const breaker = tripped();

    expect(breaker.roomFor(50, 999)).toBe(0);
    expect(breaker.roomFor(50, 1_000)).toBe(2);
    breaker.claimed(2, 1_000);
    expect(breaker.roomFor(50, 1_000)).toBe(0);
    expect(breaker.stats(1_000)).toMatchObject({ state: 'halfopen', half_open_requests: 2 });
  });

  it('closes with the first of them that succeeds', () => {
    const breaker = tripped();
    end(breaker, 'success', [9], 1_000);

    expect(breaker.stats(1_000)).toMatchObject({ state: 'closed', total_failures: 0, trips: 1 });
  });

  it('B28: opens again, and counts it, when one of them fails', () => {
    const breaker = tripped();
    end(breaker, 'failure', [9], 1_000);

    expect(breaker.stats(1_000)).toMatchObject({ state: 'open', trips: 2 });
    expect(breaker.roomFor(1, 1_999)).toBe(0);
  });

  it('gives the place of one that told nothing to another', () => {
    const breaker = tripped();
    const begun = breaker.claimed(2, 1_000);
    breaker.ended(begun, 9, 'neither', 1_000);

    expect(breaker.roomFor(2, 1_000)).toBe(1);
  });

  it('is not decided by one that was claimed before it opened', () => {
    const breaker = new ClaimBreaker(OPTIONS);
    const early = breaker.claimed(2, 0);
    end(breaker, 'failure', [1, 2, 3]);
    breaker.ended(early, 8, 'success', 1_000);
    expect(breaker.stats(1_000)).toMatchObject({ state: 'halfopen' });
    breaker.ended(early, 9, 'failure', 1_000);

    expect(breaker.stats(1_000)).toMatchObject({ state: 'halfopen', trips: 1 });
  });

  it('is closed again when somebody resets it', () => {
    const breaker = tripped();
    breaker.reset();

    expect(breaker.roomFor(3, 0)).toBe(3);
  });
});
