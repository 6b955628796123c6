import { describe, expect, it } from 'vitest';
import { isPanic, mayEject } from './ejection-limit.ts';

describe('mayEject', () => {
  it.each([
    { isolated: 0, instances: 1, may: false, why: 'it is the only one' },
    { isolated: 0, instances: 2, may: true, why: 'half is left' },
    { isolated: 1, instances: 3, may: false, why: 'two of three would be more than half' },
    { isolated: 1, instances: 4, may: true, why: 'two of four are half' },
  ])(
    'is $may for one more beside $isolated of $instances: $why',
    ({ isolated, instances, may }) => {
      expect(mayEject({ ejectedShareMax: 0.5, panicShare: 0 }, isolated, instances)).toBe(may);
    },
  );
});

describe('isPanic', () => {
  it.each([
    { well: 1, instances: 3, is: true },
    { well: 2, instances: 3, is: false },
    { well: 0, instances: 1, is: true },
  ])('is $is where $well of $instances are well', ({ well, instances, is }) => {
    expect(isPanic({ ejectedShareMax: 1, panicShare: 0.34 }, well, instances)).toBe(is);
  });
});
