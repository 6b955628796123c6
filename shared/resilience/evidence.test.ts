import { describe, expect, it } from 'vitest';
import { ConsecutiveFailures, ErrorRate } from './evidence.ts';

describe('ConsecutiveFailures', () => {
  const newOne = () =>
    new ConsecutiveFailures({ windowMs: 1_000, failureThreshold: 3, successThreshold: 2 });

  it('is suspicious of one failure, and sure of three', () => {
    const evidence = newOne();
    const verdicts = [1, 2, 3].map((nowMs) => {
      evidence.failure(nowMs);
      return evidence.verdict(nowMs);
    });
    expect(verdicts).toEqual(['suspect', 'suspect', 'ill']);
  });

  it('takes so many successes for a sign of health', () => {
    const evidence = newOne();
    evidence.failure(0);
    evidence.success();
    expect(evidence.verdict(0)).toBe('suspect');
    evidence.success();
    expect(evidence.verdict(0)).toBe('well');
  });

  it('forgets failures that are too far apart', () => {
    const evidence = newOne();
    for (const nowMs of [0, 1_001, 2_002, 3_003]) evidence.failure(nowMs);
    expect(evidence.verdict(3_003)).toBe('suspect');
    expect(evidence.verdict(4_004)).toBe('well');
  });
});

describe('ErrorRate', () => {
  function rated({ failures, successes }: { failures: number; successes: number }): ErrorRate {
    const evidence = new ErrorRate({ windowMs: 1_000 });
    for (let nth = 0; nth < failures; nth += 1) evidence.failure(0);
    for (let nth = 0; nth < successes; nth += 1) evidence.success(0);
    return evidence;
  }

  it.each([
    { failures: 6, successes: 4, verdict: 'ill', why: 'more than half of ten' },
    { failures: 5, successes: 5, verdict: 'suspect', why: 'just half' },
    { failures: 4, successes: 0, verdict: 'well', why: 'too few to say' },
    { failures: 2, successes: 3, verdict: 'suspect', why: 'more than a fifth of five' },
    { failures: 1, successes: 4, verdict: 'well', why: 'just a fifth' },
    { failures: 60, successes: 100, verdict: 'well', why: 'a hundred successes since' },
  ] as const)('says $verdict: $why', ({ failures, successes, verdict }) => {
    expect(rated({ failures, successes }).verdict(0)).toBe(verdict);
  });

  it('looks no further back than its window', () => {
    const evidence = rated({ failures: 50, successes: 0 });
    expect(evidence.verdict(1_000)).toBe('ill');
    expect(evidence.verdict(1_001)).toBe('well');
  });

  it('is new after a reset', () => {
    const evidence = rated({ failures: 50, successes: 0 });
    evidence.reset();
    evidence.success(0);
    expect(evidence.verdict(0)).toBe('well');
  });
});
