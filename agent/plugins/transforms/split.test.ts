import { describe, expect, it } from 'vitest';
import { changed } from '../../../test/support/transforming.ts';
import { splitTransform } from './split.ts';

describe('the transform split', () => {
  it.each([
    { options: { key: 'a', sep: ',', new: 'l' }, record: { a: 'x,y,' }, l: ['x', 'y', ''] },
    { options: { key: 'a', sep: ', ', newfield: 'l' }, record: { a: 'x, y' }, l: ['x', 'y'] },
    { options: { key: 'a', sep: ';', new: 'l' }, record: { a: 'x' }, l: ['x'] },
    { options: { key: 'a', sep: ';', new: 'l' }, record: { a: 'x', l: 'old' }, l: ['x'] },
  ])('makes $l of $record', ({ options, record, l }) => {
    expect(changed(splitTransform, options, { ...record })).toEqual({
      record: { ...record, l },
      problem: '',
    });
  });

  it('puts the list beside a nested field, under one name', () => {
    const options = { key: 'o.a', sep: ' ', new: 'l.m' };

    expect(changed(splitTransform, options, { o: { a: 'x y' } }).record).toEqual({
      o: { a: 'x y', 'l.m': ['x', 'y'] },
    });
  });

  it('counts what is no text', () => {
    expect(changed(splitTransform, { key: 'a', sep: ',', new: 'l' }, { a: ['x,y'] })).toEqual({
      record: { a: ['x,y'] },
      problem: 'transform key a data type is not string',
    });
  });

  it.each([
    { options: { sep: ',' }, why: 'new: is required' },
    { options: { new: 'l' }, why: 'sep: is required' },
    { options: { sep: ',', new: '__proto__' }, why: 'new: must not be "__proto__"' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => splitTransform.configure({ key: 'a', ...options })).toThrow(why);
  });
});
