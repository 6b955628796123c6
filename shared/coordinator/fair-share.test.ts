import { describe, expect, it } from 'vitest';
import { fairShare } from './fair-share.ts';

describe('fairShare', () => {
  it.each([
    { why: 'all of it, alone', room: 50, held: 0, shareable: 20, activeWorkers: 1, share: 20 },
    { why: 'no more than fits', room: 5, held: 0, shareable: 20, activeWorkers: 1, share: 5 },
    { why: 'its part', room: 50, held: 0, shareable: 20, activeWorkers: 4, share: 5 },
    { why: 'the rest of its part', room: 50, held: 3, shareable: 20, activeWorkers: 4, share: 2 },
    { why: 'rounded up', room: 50, held: 0, shareable: 21, activeWorkers: 4, share: 6 },
    { why: 'nothing over its part', room: 50, held: 9, shareable: 20, activeWorkers: 4, share: 0 },
    {
      why: 'nothing where nothing is',
      room: 50,
      held: 0,
      shareable: 0,
      activeWorkers: 4,
      share: 0,
    },
    { why: 'as if alone, unseen', room: 50, held: 0, shareable: 8, activeWorkers: 0, share: 8 },
  ])('is $why', ({ share, ...known }) => {
    expect(fairShare(known)).toBe(share);
  });
});
