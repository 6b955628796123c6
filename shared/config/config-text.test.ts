import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { CONFIG_CHARACTERS_MAX, parseConfigText } from './config-text.ts';

describe('parseConfigText', () => {
  it.each([
    { text: '{"a": 1} # the rest', value: { a: 1 }, why: 'a # comment' },
    { text: '{"a": 1, // one\n"b": 2}', value: { a: 1, b: 2 }, why: 'a // comment' },
    { text: '{"a": /* one\n line */ 1}', value: { a: 1 }, why: 'a comment over lines' },
    { text: '#!\r\n{"a":\r1}', value: { a: 1 }, why: 'all kinds of line ends' },
    { text: '{"a": [1, 2,], }', value: { a: [1, 2] }, why: 'commas after the last value' },
    { text: '{"a": [1, 2, # last\n], // end\n}', value: { a: [1, 2] }, why: 'comments after them' },
    { text: '\uFEFF{"a": 1}', value: { a: 1 }, why: 'a byte order mark' },
    { text: '{"a": "# no // comment /* here"}', value: { a: '# no // comment /* here' }, why: '' },
    { text: '{"a": "\\" # \\\\"} # b', value: { a: '" # \\' }, why: 'escaped quotes' },
    { text: '["a,]"]', value: ['a,]'], why: 'a comma in a text' },
    { text: '{"a": {"b": 1}, "c": {"b": 2}}', value: { a: { b: 1 }, c: { b: 2 } }, why: '' },
    { text: ' "x" ', value: 'x', why: 'any value' },
  ])('reads $text $why', ({ text, value }) => {
    expect(parseConfigText(text, 'a.conf')).toEqual(value);
  });

  it('keeps the digits of a number that a double cannot hold', () => {
    const value = parseConfigText('{"id": 12345678901234567890, # big\n}', 'a.conf');
    expect(JSON.stringify(value)).toBe('{"id":12345678901234567890}');
  });

  it.each([
    { text: '', says: 'a.conf:1:1: the file is empty' },
    { text: ' # only a comment\n', says: 'a.conf:2:1: a value is missing' },
    { text: '{\n  "a": yes\n}', says: 'a.conf:2:8: this is neither a key nor a value' },
    { text: '{"a": 1\n "b": 2}', says: 'a.conf:2:2: the comma before this is missing' },
    { text: '{"a" 1}', says: 'a.conf:1:6: the colon is missing' },
    { text: '{a: 1}', says: 'a.conf:1:2: this is neither a key nor a value; write keys' },
    { text: '{"a": }', says: 'a.conf:1:7: a value is missing' },
    { text: '{"a": 1', says: 'a.conf:1:8: the brace is not closed' },
    { text: '["a"', says: 'a.conf:1:5: the bracket is not closed' },
    { text: '{"a": "b\n}', says: 'a.conf:1:7: the text is not closed' },
    { text: '{"a": "C:\\logs"}', says: 'a.conf:1:7: this escape is unknown' },
    { text: '{"a": "\t"}', says: 'a.conf:1:7: this character cannot stand in a text' },
    { text: '{} {}', says: 'a.conf:1:4: there is text after the end' },
    { text: '{,}', says: 'a.conf:1:2:' },
    { text: '[1,,2]', says: 'a.conf:1:4: a value is missing' },
    { text: '{"a": 1 /* x }', says: 'a.conf:1:9: the comment is not closed' },
    { text: '{"a": 1 /*/ }', says: 'a.conf:1:9: the comment is not closed' },
    {
      text: '{\n # a comment, which moves nothing\n "a": 1,\n "a": 2 }',
      says: 'a.conf:4:2: the key "a" stands here a second time; remove one of the two',
    },
    { text: '['.repeat(5_000), says: 'a.conf:1:101: nests deeper than 100 levels' },
    { text: '01', says: 'a.conf:1:2:' },
    { text: ' '.repeat(CONFIG_CHARACTERS_MAX + 1), says: 'a.conf: is longer than 1048576' },
  ])('says where $text is wrong: $says', ({ text, says }) => {
    expect(() => parseConfigText(text, 'a.conf')).toThrow(AppError);
    expect(() => parseConfigText(text, 'a.conf')).toThrow(says);
  });

  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value, null, 1);
        expect(JSON.stringify(parseConfigText(text, 'a'))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('answers any text with a value or with one line that says why not', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '#',
      '//',
      '/*',
      '*/',
      '\n',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces, '\\', ' ', 'true', '\u00a0')), (parts) => {
        try {
          parseConfigText(parts.join(''), 'a.conf');
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AppError);
          expect(String(thrown)).not.toContain('\n');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
