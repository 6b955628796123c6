import { describe, expect, it } from 'vitest';
import { changed } from '../../../test/support/transforming.ts';
import { trimTransform } from './trim.ts';

describe('the transform trim', () => {
  it.each([
    { characters: 'abc', place: undefined, value: 'abc123cba', result: '123' },
    { characters: 'abc', place: 'both', value: 'xabcx', result: 'xabcx' },
    { characters: ' ', place: 'prefix', value: '  a ', result: 'a ' },
    { characters: ' ', place: 'suffix', value: '  a ', result: '  a' },
    { characters: ' ', place: 'left', value: '  a ', result: 'a ' },
    { characters: ' ', place: 'right', value: '  a ', result: '  a' },
    { characters: '😀', place: 'both', value: '😀a😀😀', result: 'a' },
    { characters: '😀', place: 'both', value: '😁a😁', result: '😁a😁' },
    { characters: 'a', place: 'both', value: 'aaaa', result: '' },
    { characters: 'a', place: 'both', value: '', result: '' },
  ])('takes "$characters" off $value: $result', ({ characters, place, value, result }) => {
    expect(changed(trimTransform, { key: 'k', characters, place }, { k: value })).toEqual({
      record: { k: result },
      problem: '',
    });
  });

  it('counts what is no text', () => {
    expect(changed(trimTransform, { key: 'k', characters: '1' }, { k: 121 })).toEqual({
      record: { k: 121 },
      problem: 'transform key k data type is not string',
    });
  });

  it.each([
    { options: {}, why: 'characters: is required' },
    { options: { characters: '' }, why: 'characters: is empty' },
    { options: { characters: 'a', place: 'middle' }, why: 'must be "both", "prefix" or "suffix"' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => trimTransform.configure({ key: 'k', ...options })).toThrow(why);
  });
});
