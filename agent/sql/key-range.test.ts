import { describe, expect, it } from 'vitest';
import { KeyQueries } from './key-range.ts';

describe('KeyQueries', () => {
  const queries = new KeyQueries('t', ['a', 'b']);

  it('asks for what is behind one key, up to and with another', () => {
    expect(queries.page({ after: ['1', '2'], upTo: ['3', '4'] }, 10)).toBe(
      'SELECT * FROM t WHERE a IS NOT NULL AND b IS NOT NULL' +
        ' AND a >= 1 AND (a > 1 OR (b > 2)) AND a <= 3 AND (a < 3 OR (b <= 4)) ORDER BY a, b LIMIT 10',
    );
  });

  it('begins with all rows of a value that says nothing of the other columns', () => {
    expect(queries.last({ after: ['1'], upTo: null })).toBe(
      'SELECT a, b FROM t WHERE a IS NOT NULL AND b IS NOT NULL AND a >= 1 ORDER BY a DESC, b DESC LIMIT 1',
    );
  });
});
