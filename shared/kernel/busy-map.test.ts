import { describe, expect, it } from 'vitest';
import { BusyMap } from './busy-map.ts';

describe('BusyMap', () => {
  it('holds what was set and not deleted since, however much comes and goes', () => {
    const map = new BusyMap<number, string>();
    map.set(-1, 'stays');
    for (let key = 0; key < 1_000; key += 1) {
      map.set(key, `of ${key}`);
      if (key >= 3) expect(map.delete(key - 3)).toBe(true);
    }
    expect([...map]).toEqual([
      [-1, 'stays'],
      [997, 'of 997'],
      [998, 'of 998'],
      [999, 'of 999'],
    ]);
    expect([map.size, map.get(998), map.get(996)]).toEqual([4, 'of 998', undefined]);
    expect([...map.keys()]).toEqual([-1, 997, 998, 999]);
    expect([...map.values()]).toEqual(['stays', 'of 997', 'of 998', 'of 999']);
  });

  it('tells whether there was something to delete', () => {
    const map = new BusyMap<number, string>();
    expect(map.delete(1)).toBe(false);
  });

  it('is empty when it was cleared', () => {
    const map = new BusyMap<number, string>();
    map.set(1, 'gone');
    map.clear();
    expect([map.size, map.get(1)]).toEqual([0, undefined]);
  });
});
