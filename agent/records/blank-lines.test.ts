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

    expect(withoutBlankLines(bytes).bytes).toBe(bytes);
  });

  it.each([
    { text: '\na\n', kept: 'a\n', lines: 1, why: 'at the beginning' },
    { text: 'a\n\n\nb\n', kept: 'a\nb\n', lines: 2, why: 'in the middle' },
    { text: 'a\n\n', kept: 'a\n', lines: 1, why: 'at the end' },
    { text: 'a\r\n\r\nb\r\n', kept: 'a\r\nb\r\n', lines: 2, why: 'of a file with CRLF' },
    { text: 'a\n \t \nb\n', kept: 'a\nb\n', lines: 2, why: 'of white space' },
    { text: '\n\n', kept: '', lines: 0, why: 'and nothing else' },
    { text: 'a\n  ', kept: 'a\n', lines: 1, why: 'that is not ended' },
  ])('leaves out a blank line $why', ({ text, kept, lines }) => {
    const result = withoutBlankLines(Buffer.from(text));

    expect(result.bytes.toString()).toBe(kept);
    expect(result.lines).toBe(lines);
  });
});
