import { describe, expect, it } from 'vitest';
import { changed } from '../../../test/support/transforming.ts';
import { number2ipTransform } from './number2ip.ts';

describe('the transform number2ip', () => {
  it.each([
    { value: 223_556_667, address: '13.83.52.59' },
    { value: '223556667', address: '13.83.52.59' },
    { value: 0, address: '0.0.0.0' },
    { value: 4_294_967_295, address: '255.255.255.255' },
    { value: 3_232_235_777, address: '192.168.1.1' },
  ])('writes $value as $address', ({ value, address }) => {
    expect(changed(number2ipTransform, { key: 'a' }, { a: value }).record).toEqual({ a: address });
    expect(changed(number2ipTransform, { key: 'a', new: 'b' }, { a: value }).record).toEqual({
      a: value,
      b: address,
    });
  });

  it.each([4_294_967_296, -1, 1.5, '12x', '', JSON.rawJSON('12345678901234567890')])(
    'counts %j, which is none',
    (value) => {
      expect(changed(number2ipTransform, { key: 'a' }, { a: value })).toEqual({
        record: { a: value },
        problem: 'transform key a is no whole number of 32 bits',
      });
    },
  );
});
