import { describe, expect, it } from 'vitest';
import { changed } from '../../../test/support/transforming.ts';
import { arrayexpandTransform } from './arrayexpand.ts';

describe('the transform arrayexpand', () => {
  it.each([
    {
      key: 'a',
      record: { a: ['x', 2, null] },
      expanded: { a: ['x', 2, null], a0: 'x', a1: 2, a2: null },
    },
    { key: 'a', record: { a: [] }, expanded: { a: [] } },
    { key: 'o.a', record: { o: { a: [1] } }, expanded: { o: { a: [1], a0: 1 } } },
    {
      key: 'a',
      record: { a: [1], a0: 'here', a0_0: 'too' },
      expanded: { a: [1], a0: 'here', a0_0: 'too', a0_1: 1 },
    },
  ])('makes $expanded of $record', ({ key, record, expanded }) => {
    expect(changed(arrayexpandTransform, { key }, record)).toEqual({
      record: expanded,
      problem: '',
    });
  });

  it.each([
    { record: { b: [] }, problem: 'transform key a not exist in data' },
    { record: { a: 'x' }, problem: 'transform key a data type is not array' },
    {
      record: { a: Array.from({ length: 1_001 }, () => 0) },
      problem: 'transform key a has more than 1000 elements',
    },
  ])('counts a record: $problem', ({ record, problem }) => {
    expect(changed(arrayexpandTransform, { key: 'a' }, record)).toEqual({ record, problem });
  });
});
