import { describe, expect, it } from 'vitest';
import { changed } from '../../../test/support/transforming.ts';
import { hashTransform } from './hash.ts';

const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const ABC_HMAC = '9c196e32dc0175f86f4b1cb89289d6619de6bee699e4c378e68309ed97a1a6ab';

describe('the transform hash', () => {
  it.each([
    { options: {}, value: 'abc', digest: ABC },
    { options: { secret: 'key' }, value: 'abc', digest: ABC_HMAC },
    {
      options: { encoding: 'base64' },
      value: 'abc',
      digest: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
    },
    {
      options: {},
      value: 12,
      digest: '6b51d431df5d7f141cbececcf79edf3dd861c3b4069f0b11661a3eefacbba918',
    },
  ])('makes $digest of $value with $options', ({ options, value, digest }) => {
    expect(changed(hashTransform, { key: 'a', ...options }, { a: value })).toEqual({
      record: { a: digest },
      problem: '',
    });
  });

  it('may put the digest elsewhere, and digests several fields', () => {
    expect(changed(hashTransform, { key: 'a', new: 'b' }, { a: 'abc' }).record).toEqual({
      a: 'abc',
      b: ABC,
    });
    expect(changed(hashTransform, { key: 'a,o.b' }, { a: 'abc', o: { b: 'abc' } }).record).toEqual({
      a: ABC,
      o: { b: ABC },
    });
  });

  it('digests what it can of a record and counts it once', () => {
    expect(changed(hashTransform, { key: 'x,a,y' }, { a: 'abc', y: {} })).toEqual({
      record: { a: ABC, y: {} },
      problem: 'transform key x not exist in data',
    });
  });

  it('shows its secret to nobody', () => {
    expect(hashTransform.secrets).toEqual(['secret']);
    expect(() => hashTransform.configure({ key: 'a,b', new: 'c', secret: 'pssst' })).toThrow(
      /^transform hash: new: is for one field alone$/,
    );
  });
});
