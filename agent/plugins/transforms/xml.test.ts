import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, changedText } from '../../../test/support/transforming.ts';
import { xmlTransform } from './xml.ts';

const DOC =
  '<?xml version="1.0"?><doc id="7"><a>1</a><a x="y">b &amp; c</a><n><![CDATA[<&amp;>]]></n><e/></doc>';

describe('the transform xml', () => {
  it.each([
    {
      options: {},
      made: { doc: { '-id': 7, a: [1, { '-x': 'y', '#text': 'b & c' }], n: '<&amp;>', e: '' } },
    },
    {
      options: { keep: true },
      made: { doc: { '-id': '7', a: ['1', { '-x': 'y', '#text': 'b & c' }], n: '<&amp;>', e: '' } },
    },
    { options: { no_attr: true }, made: { doc: { a: [1, 'b & c'], n: '<&amp;>', e: '' } } },
  ])('makes an object with $options', ({ options, made }) => {
    expect(changed(xmlTransform, { key: 'p', ...options }, { p: DOC })).toEqual({
      record: { p: made },
      problem: '',
    });
  });

  it.each([
    { options: { new: 'q.r' }, made: { p: '<a>x</a>', q: { r: { a: 'x' } } } },
    { options: { new: 'q', discard_key: true }, made: { q: { a: 'x' } } },
    { options: { discard_key: true }, made: { p: { a: 'x' } } },
    { options: { expand: true }, made: { p: '<a>x</a>', a: 'x' } },
    { options: { expand: true, discard_key: true, new: 'q' }, made: { q: { a: 'x' } } },
  ])('makes $made with $options', ({ options, made }) => {
    expect(changed(xmlTransform, { key: 'p', ...options }, { p: '<a>x</a>' }).record).toEqual(made);
  });

  it('puts each value under a name of its own when it expands', () => {
    const options = { key: 'p', expand: true, discard_key: true };

    expect(changed(xmlTransform, options, { p: DOC, n: 'here' }).record).toEqual({
      ...{ n: 'here', '-id': 7, a: 1, '-x': 'y', a1: 'b & c', n1: '<&amp;>', e: '' },
    });
  });

  it('keeps the digits of numbers', () => {
    const record = { p: '<a><b>12345678901234567890</b><b>007</b><b>1.0</b></a>' };

    expect(changedText(xmlTransform, { key: 'p' }, record)).toBe(
      '{"p":{"a":{"b":[12345678901234567890,"007",1.0]}}}',
    );
  });

  it.each([
    { text: '<a>&#65;&#x42;&lt;&unknown;&amp;lt;&#0;</a>', a: 'AB<&unknown;&lt;&#0;' },
    { text: '<a>&#x110000;</a>', a: '&#x110000;' },
  ])('replaces $text once', ({ text, a }) => {
    expect(changed(xmlTransform, { key: 'p' }, { p: text }).record).toEqual({ p: { a } });
  });

  it.each([
    { text: '', why: '' },
    { text: 'no xml', why: 'transform key p ' },
    { text: '<a><b></a>', why: 'transform key p ' },
    { text: '<a', why: 'transform key p ' },
    {
      text: '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
      why: 'has a document type, which is refused',
    },
    { text: `${'<a>'.repeat(200)}${'</a>'.repeat(200)}`, why: 'transform key p ' },
    { text: `<a>${'x'.repeat(1024 * 1024)}</a>`, why: 'is longer than 1048576 characters' },
  ])('leaves alone what is no XML, or too much of it: $why', ({ text, why }) => {
    const { record, problem } = changed(xmlTransform, { key: 'p' }, { p: text });

    expect(record).toEqual({ p: text });
    expect(problem).toContain(why);
  });

  it('takes a name that would be none of an object', () => {
    const { record } = changed(
      xmlTransform,
      { key: 'p' },
      { p: '<a><constructor>1</constructor></a>' },
    );

    expect(JSON.stringify(record)).toContain('constructor');
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  });

  it('does not fail on whatever text comes', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '&',
      '"',
      "'",
      '=',
      '![CDATA[',
      ']]>',
      '?',
      '!--',
      '-->',
      ' ',
      '\n',
      '#',
      'é',
    );

    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const { record, problem } = changed(xmlTransform, { key: 'p' }, { p: text });

        expect(problem === '' || JSON.stringify(record) === JSON.stringify({ p: text })).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
