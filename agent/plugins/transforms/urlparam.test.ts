import { describe, expect, it } from 'vitest';
import { changed } from '../../../test/support/transforming.ts';
import { urlparamTransform } from './urlparam.ts';

describe('the transform urlparam', () => {
  it.each([
    { url: 'a=a&b=2&c=aa', fields: { u_a: 'a', u_b: '2', u_c: 'aa' } },
    { url: 'a=1', fields: { u_a: '1' } },
    { url: '?a=1&a=2&b=&c', fields: { u_a: '1&2' } },
    { url: '/p/x?a=b+c%26', fields: { u_url_param_path: '/p/x', u_a: 'b c&' } },
    { url: '/p%20x', fields: { u_url_param_path: '/p x' } },
    {
      url: 'https://me:pw@h.example:8080/p?a=1#frag?b=2',
      fields: { u_url_param_host: 'h.example:8080', u_url_param_path: '/p', u_a: '1' },
    },
    { url: '//h.example', fields: { u_url_param_host: 'h.example' } },
    { url: '', fields: {} },
    { url: 'a=b=c&=x', fields: { u_a: 'b=c', u_: 'x' } },
  ])('makes $fields of $url', ({ url, fields }) => {
    expect(changed(urlparamTransform, { key: 'u' }, { u: url })).toEqual({
      record: { u: url, ...fields },
      problem: '',
    });
  });

  it('takes the parameters that it names, and what is no parameter', () => {
    const options = { key: 'u', select_keys: 'b, c' };

    expect(changed(urlparamTransform, options, { u: '/p?a=1&b=2&d=4' }).record).toEqual({
      u: '/p?a=1&b=2&d=4',
      u_url_param_path: '/p',
      u_b: '2',
    });
  });

  it('puts them beside a nested field, and beside what is there', () => {
    const record = { o: { u: 'a=1', u_a: 'here' } };

    expect(changed(urlparamTransform, { key: 'o.u' }, record).record).toEqual({
      o: { u: 'a=1', u_a: 'here', u_a1: '1' },
    });
  });

  it.each([
    { record: { u: 1 }, problem: 'transform key u data type is not string' },
    { record: { u: '/p?a=%zz' }, problem: 'transform key u holds an escape that is none' },
    {
      record: { u: Array.from({ length: 1_001 }, (_, n) => `p${n}=1`).join('&') },
      problem: 'transform key u has more than 1000 parameters',
    },
  ])('counts a record: $problem', ({ record, problem }) => {
    expect(changed(urlparamTransform, { key: 'u' }, { ...record })).toEqual({ record, problem });
  });
});
