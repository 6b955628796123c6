import { describe, expect, it } from 'vitest';
import { changed } from '../../../test/support/transforming.ts';
import { maskTransform } from './mask.ts';

describe('the transform mask', () => {
  it.each([
    { options: {}, value: 'secret', masked: '******' },
    { options: { keep_last: 4 }, value: '13912345678', masked: '*******5678' },
    { options: { keep_first: 1, keep_last: '2' }, value: 'secret', masked: 's***et' },
    { options: { keep_last: 4 }, value: 'abcd', masked: '****' },
    { options: { keep_last: 1, character: '•' }, value: '😀é字', masked: '••字' },
    { options: { replacement: '[hidden]' }, value: 'secret', masked: '[hidden]' },
    { options: { replacement: '' }, value: 'secret', masked: '' },
    { options: { keep_last: 2 }, value: 123_456, masked: '****56' },
    {
      options: { keep_last: 4 },
      value: JSON.rawJSON('12345678901234567890'),
      masked: '****************7890',
    },
    { options: { pattern: String.raw`token=\w+` }, value: 'a token=x1 b', masked: 'a ******** b' },
    {
      options: { pattern: String.raw`\d+`, replacement: '#' },
      value: 'a1b22',
      masked: 'a#b#',
    },
    { options: { pattern: '(?i)SECRET', keep_first: 1 }, value: 'Secret!', masked: 'S*****!' },
    { options: { pattern: 'x*', replacement: '-' }, value: 'axb', masked: 'a-b' },
  ])('makes $masked of $value with $options', ({ options, value, masked }) => {
    expect(changed(maskTransform, { key: 'a', ...options }, { a: value })).toEqual({
      record: { a: masked },
      problem: '',
    });
  });

  it.each([
    {
      preset: 'email',
      value: 'from jane.doe@example.com to x',
      masked: 'from j*******@example.com to x',
    },
    { preset: 'email', value: '<a@b.c>,<me+x@host>', masked: '<*@b.c>,<m***@host>' },
    { preset: 'email', value: 'jörg@müller.example', masked: 'j***@müller.example' },
    { preset: 'email', value: '@ at@ @x a@.b', masked: '@ at@ @x a@.b' },
    { preset: 'email', value: 'a@b@c', masked: '*@*@c' },
    { preset: 'card', value: 'pay 4111 1111 1111 1111.', masked: 'pay **** **** **** 1111.' },
    { preset: 'card', value: '4111-1111-1111-1111', masked: '****-****-****-1111' },
    { preset: 'card', value: 4_111_111_111_111_111, masked: '************1111' },
    { preset: 'card', value: '378282246310005', masked: '***********0005' },
    { preset: 'card', value: '4111111111111112', masked: '4111111111111112' },
    { preset: 'card', value: '41111111111111111111111', masked: '41111111111111111111111' },
    { preset: 'ipv4', value: 'from 192.168.1.17:80.', masked: 'from 192.168.1.**:80.' },
    { preset: 'ipv4', value: '10.0.0.1,10.0.0.2', masked: '10.0.0.*,10.0.0.*' },
    { preset: 'ipv4', value: '300.1.1.1 1.2.3', masked: '300.1.1.1 1.2.3' },
  ])('makes $masked of $value by the preset $preset', ({ preset, value, masked }) => {
    expect(changed(maskTransform, { key: 'a', preset }, { a: value }).record).toEqual({
      a: masked,
    });
  });

  it('masks what it can of several fields', () => {
    const record = { a: 'x', o: { b: 'y' }, c: null };

    expect(changed(maskTransform, { key: 'a,c,o.b' }, record)).toEqual({
      record: { a: '*', o: { b: '*' }, c: null },
      problem: 'transform key c is neither text nor a number',
    });
  });

  it.each([
    { options: { pattern: '(' }, why: 'pattern: "(" is no regular expression' },
    { options: { pattern: '(?=a)' }, why: 'is no regular expression' },
    { options: { pattern: 'a'.repeat(1025) }, why: 'is longer than 1024 characters' },
    { options: { pattern: 'a', preset: 'email' }, why: 'pattern: is of no use beside a preset' },
    { options: { preset: 'name' }, why: 'preset: must be "email", "card" or "ipv4"' },
    { options: { character: '**' }, why: 'character: must be one character' },
    { options: { keep_last: -1 }, why: 'keep_last: must be a whole number' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => maskTransform.configure({ key: 'a', ...options })).toThrow(why);
  });
});
