import { expect, it } from 'vitest';
import { SqlRow } from './sql-row.ts';

const row = new SqlRow({ name: 'app', at: 7, below: -1, half: 0.5, none: null, big: 2n ** 60n });

it('gives columns as what they hold', () => {
  expect([row.text('name'), row.int('at'), row.count('at'), row.int('below')]).toEqual([
    'app',
    7,
    7,
    -1,
  ]);
});

it.each([
  { why: 'a number is no text', read: () => row.text('at') },
  { why: 'text is no number', read: () => row.int('name') },
  { why: 'a fraction is no integer', read: () => row.int('half') },
  { why: 'a number beyond what doubles can hold is none', read: () => row.int('big') },
  { why: 'nothing is no integer', read: () => row.int('none') },
  { why: 'a column that is missing holds nothing', read: () => row.text('other') },
  { why: 'what is negative counts nothing', read: () => row.count('below') },
])('refuses a column that holds something else: $why', ({ read }) => {
  expect(read).toThrow(expect.objectContaining({ kind: 'internal' }));
});
