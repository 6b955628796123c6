import { describe, expect, it } from 'vitest';
import { type Engine, PatternGuard } from './pattern-guard.ts';

const EVIL = /^(?:a+)+$/;
const LINE = `${'a'.repeat(40)}b`;

/** Which engine each of the lines was left to at last. */
function visited(guard: PatternGuard, lines: readonly string[]): Engine[] {
  const engines: Engine[] = [];
  guard.each({ count: lines.length, characters: 0 }, (index, engine) => {
    if (engine === 'native') EVIL.test(lines[index] ?? '');
    engines[index] = engine;
  });
  return engines;
}

describe('a guard of patterns', () => {
  it('leaves lines that take too long to the slower engine, and all of them after some', () => {
    let told = 0;
    const guard = new PatternGuard(() => {
      told += 1;
    });

    expect(visited(guard, ['a', LINE, 'a'])).toEqual(['native', 'linear', 'native']);
    expect([guard.isLinear, told]).toEqual([false, 0]);
    expect(visited(guard, [LINE, LINE, 'a'])).toEqual(['linear', 'linear', 'linear']);
    expect([guard.isLinear, told]).toEqual([true, 1]);
    expect(visited(guard, ['a', 'a'])).toEqual(['linear', 'linear']);
    expect(told).toBe(1);
  });

  it('passes on what a visit throws', () => {
    const fail = () => {
      throw new RangeError('no such line');
    };

    expect(() => new PatternGuard(() => undefined).each({ count: 1, characters: 0 }, fail)).toThrow(
      'no such line',
    );
  });
});
