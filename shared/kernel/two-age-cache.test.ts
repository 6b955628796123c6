import { expect, it } from 'vitest';
import { TwoAgeCache } from './two-age-cache.ts';

it('a TwoAgeCache keeps what is asked for, and forgets the rest', () => {
  const cache = new TwoAgeCache<number, string>(10);
  cache.set(0, 'asked for');
  for (let key = 1; key <= 100; key += 1) {
    cache.set(key, `value ${key}`);
    expect(cache.get(0)).toBe('asked for');
  }
  expect(cache.get(100)).toBe('value 100');
  const kept = Array.from({ length: 101 }, (_, key) => key).filter((key) => cache.get(key));
  expect(kept.length).toBeGreaterThanOrEqual(10);
  expect(kept.length).toBeLessThanOrEqual(20);
});
