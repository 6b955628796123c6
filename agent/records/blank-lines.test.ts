import { describe, expect, it } from 'vitest';
import { withoutBlankLines } from './blank-lines.ts';

describe('withoutBlankLines', () => {
  it.each([
    { text: 'a\nb\n', why: 'no line is blank' },
    { text: '  indented\n\ttoo\n', why: 'indented lines are not blank' },
    { text: 'a\nb', why: 'the last line is not ended' },
    { text: '', why: 'there are no lines' },
    { text: '\0\0\n\x01\n', why: 'a line holds nothing but control characters' },
  ])('gives the same buffer when $why', ({ text }) => {
    const bytes = Buffer.from(text);

    expect(withoutBlankLines({ bytes, ends: null })).toMatchObject({ lineOf: null });
    expect(withoutBlankLines({ bytes, ends: null }).bytes).toBe(bytes);
  });

  it.each([
    { text: '\na\n', kept: 'a\n', count: 1, why: 'at the beginning' },
    { text: 'a\n\n\nb\n', kept: 'a\nb\n', count: 2, why: 'in the middle' },
    { text: 'a\n\n', kept: 'a\n', count: 1, why: 'at the end' },
    { text: 'a\r\n\r\nb\r\n', kept: 'a\r\nb\r\n', count: 2, why: 'of a file with CRLF' },
    { text: 'a\n \t \nb\n', kept: 'a\nb\n', count: 2, why: 'of white space' },
    { text: '\n\n', kept: '', count: 0, why: 'and nothing else' },
    { text: 'a\n  ', kept: 'a\n', count: 1, why: 'that is not ended' },
  ])('leaves out a blank line $why', ({ text, kept, count }) => {
    const result = withoutBlankLines({ bytes: Buffer.from(text), ends: null });

    expect(result.bytes.toString()).toBe(kept);
    expect(result.count).toBe(count);
  });

  it('tells lines apart by their ends, where it is given them', () => {
    const bytes = Buffer.from('a\n\nb\n \n \nc\n');

    const result = withoutBlankLines({ bytes, ends: Uint32Array.of(5, 9, 11) });

    expect(result.bytes.toString()).toBe('a\n\nb\nc\n');
    expect(result).toMatchObject({ ends: Uint32Array.of(5, 7), count: 2, lineOf: [0, 2] });
  });
});
