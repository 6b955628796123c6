import { expect, it } from 'vitest';
import { pollPace } from './poll-pace.ts';

it.each([
  { why: 'it was read just now', isAtRest: true, silentMs: 0, ms: 250 },
  { why: 'five seconds are not yet a rest', isAtRest: true, silentMs: 5_000, ms: 250 },
  { why: 'the paths tell of one at rest', isAtRest: true, silentMs: 5_001, ms: 20_000 },
  { why: 'no path leads to it', isAtRest: false, silentMs: 60_000, ms: 250 },
])('is looked at again after $ms ms: $why', ({ isAtRest, silentMs, ms }) => {
  expect(pollPace(1_000)({ isAtRest, silentMs })).toBe(ms);
});

it('looks at files at rest one by one where the paths are looked at seldom', () => {
  expect(pollPace(60_000)({ isAtRest: true, silentMs: 60_000 })).toBe(2_000);
});
