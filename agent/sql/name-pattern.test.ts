import { describe, expect, it } from 'vitest';
import { withDate } from './dated-text.ts';
import { namePatternProblem } from './name-pattern.ts';
import { TablePattern } from './table-pattern.ts';

const DATE = new Date(2026, 10, 5, 7, 8, 9);

describe('a pattern of tables', () => {
  it.each<{ pattern: string; name: string; date: string | null }>([
    { pattern: 'log', name: 'log', date: '00000000000000' },
    { pattern: 'log', name: 'logs', date: null },
    { pattern: 'log*', name: 'logs', date: '00000000000000' },
    { pattern: 'a.b*', name: 'axb1', date: null },
    { pattern: 'log@(YYYY)@(MM)@(DD)', name: 'log20261105', date: '20261105000000' },
    { pattern: 'log@(YYYY)@(MM)@(DD)', name: 'log2026115', date: null },
    { pattern: 'log_@(DD)-@(MM)-@(YY)', name: 'log_05-11-26', date: '20261105000000' },
    { pattern: '*_@(YYYY)', name: 'a_b_2026', date: '20260000000000' },
    { pattern: 'at@(hh)@(mm)@(ss)', name: 'at070809', date: '00000000070809' },
  ])('$pattern finds in $name the date $date', ({ pattern, name, date }) => {
    expect(new TablePattern(['shop', pattern]).dateOf(['shop', name])).toBe(date);
  });

  it('takes what the table does not tell of a date from the database', () => {
    const pattern = new TablePattern(['shop@(YYYY)', 'log@(MM)']);

    expect(pattern.dateOf(['shop2026', 'log11'])).toBe('20261100000000');
    expect(pattern.dateAt(DATE)).toBe('20261100000000');
    expect(pattern.dateOf(['other2026', 'log11'])).toBe(null);
  });

  it.each([
    { pattern: 'shop_*', like: 'shop!_%' },
    { pattern: '100%@(YYYY)!', like: '100!%____!!' },
  ])('asks the database for $pattern as $like', ({ pattern, like }) => {
    expect(new TablePattern(['x', pattern]).table.like).toBe(like);
  });

  it.each([
    { pattern: 'log@(M)', why: '@(M) is no part of a date' },
    { pattern: '*a*b*c*', why: '3 of * in a name at most' },
  ])('is refused as $pattern', ({ pattern, why }) => {
    expect(namePatternProblem(pattern)).toContain(why);
  });
});

describe('a text with a date', () => {
  it('has the parts of the date in place of their names, and leaves alone what is none', () => {
    expect(withDate('@(YYYY)-@(MM)-@(DD) @(hh):@(mm):@(ss) @(YY) @(x - 1)', DATE)).toBe(
      '2026-11-05 07:08:09 26 @(x - 1)',
    );
  });
});
