import { describe, expect, it } from 'vitest';
import { changedLine, opened } from '../../../test/support/transforming.ts';
import { pickTransform } from './pick.ts';

describe('the transform pick', () => {
  it.each([
    { key: 'a', record: { a: 1, b: 2 }, picked: { a: 1 } },
    { key: 'b, a', record: { a: 1, b: 2, c: 3 }, picked: { a: 1, b: 2 } },
    { key: 'o.a,x', record: { o: { a: 1, b: 2 } }, picked: { o: { a: 1 } } },
    { key: 'o.a,o.b', record: { o: { a: 1, b: null, c: 3 } }, picked: { o: { a: 1, b: null } } },
    { key: 'o', record: { o: { a: 1 } }, picked: { o: { a: 1 } } },
  ])('makes $picked of $record with "$key"', ({ key, record, picked }) => {
    expect(opened(pickTransform, { key }).apply([record]).records).toEqual([picked]);
  });

  it('drops a record that has none of the fields, and says of which the others are', () => {
    const records = [{ a: 1 }, { b: 1 }, { a: 2, b: 2 }];

    expect(opened(pickTransform, { key: 'a' }).apply(records)).toEqual({
      records: [{ a: 1 }, { a: 2 }],
      from: [0, 2],
      errors: 0,
      lastError: '',
    });
  });

  it('keeps the lines before the parser that hold the text', () => {
    expect(changedLine(pickTransform, { key: '[ERROR]' }, 'x [ERROR] y')).toBe('x [ERROR] y');
    expect(changedLine(pickTransform, { key: '[ERROR]' }, 'x [INFO] y')).toBe(null);
  });
});
