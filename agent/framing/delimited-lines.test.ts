import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFramed } from '../../test/support/framed.ts';
import { DelimitedLines } from './delimited-lines.ts';
import { framingOptions } from './open-framing.ts';

const READING = { chunk: 1_000, lines: 0, lineBytes: 1_000 };

function textsOf(source: string, delimiter: string, reading: Partial<typeof READING> = {}) {
  const framing = new DelimitedLines(Buffer.from(delimiter));
  const { events, counts } = readFramed(framing, Buffer.from(source), { ...READING, ...reading });
  return { texts: events.map(({ text }) => text), cut: counts.cutLines };
}

describe('DelimitedLines', () => {
  it.each([
    { source: 'a;b;', delimiter: ';', texts: ['a\n', 'b\n'], why: 'each ends in a line feed' },
    { source: 'a\nb;c', delimiter: ';', texts: ['a\nb\n', 'c\n'], why: 'line feeds stay' },
    { source: 'a\r\nb\r\n', delimiter: '\r\n', texts: ['a\n', 'b\n'], why: 'it may be long' },
    { source: 'a\u0000b\u0000', delimiter: '\u0000', texts: ['a\n', 'b\n'], why: 'it may be zero' },
    { source: ';;', delimiter: ';', texts: ['\n', '\n'], why: 'an empty line is a line' },
    { source: 'é;€;', delimiter: '€', texts: ['é;\n', ';\n'], why: 'it may be a character' },
  ])('takes lines by it: $why', ({ source, delimiter, texts }) => {
    expect(textsOf(source, delimiter)).toEqual({ texts, cut: 0 });
  });

  it.each([1, 2, 3, 100])('cuts what is too long, read %i bytes at a time', (chunk) => {
    const read = textsOf('four||eleven-long||six||', '||', { chunk, lineBytes: 6 });

    expect(read).toEqual({ texts: ['four\n', 'eleven\n', 'six\n'], cut: 1 });
  });

  it('waits for the rest of a line, and for that of a delimiter', () => {
    const framing = new DelimitedLines(Buffer.from('||'));
    const limits = { lines: 0, lineBytes: 3, inLine: false, atStart: true, withOffsets: false };

    const split = framing.take(Buffer.from('a||abc|'), { ...limits, end: 'open' });
    expect(split).toMatchObject({ lines: 1, consumed: 3, inLine: false });
    expect(framing.lastLineStart(Buffer.from('a||abc|'))).toBe(3);
    expect(framing.lastLineStart(Buffer.from('abc'))).toBe(-1);
  });

  it('takes the same lines however the bytes come', () => {
    const delimiters = fc.constantFrom(';', '||', '\r\n', 'aba');
    const sources = fc.array(fc.constantFrom('a', 'b', ';', '|', '\r', '\n', 'é', '||'));
    const chunks = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(delimiters, sources, chunks, chunks, (delimiter, parts, chunk, lines) => {
        const source = parts.join('');
        const whole = source.split(delimiter).map((text) => `${text}\n`);
        const expected = whole.at(-1) === '\n' ? whole.slice(0, -1) : whole;

        expect(textsOf(source, delimiter, { chunk, lines }).texts).toEqual(expected);
      }),
    );
  });
});

describe('the option delimiter', () => {
  it.each([
    { text: '', bytes: null, why: 'nothing is a line feed' },
    { text: '\n', bytes: null, why: 'a line feed is none' },
    { text: '"\\n"', bytes: null, why: 'nor is one in quotation marks' },
    { text: '|', bytes: '|', why: 'others are meant as they are' },
    { text: '"\\r\\n"', bytes: '\r\n', why: 'quotation marks hold escapes' },
    { text: '"\\x00"', bytes: '\u0000', why: 'such as those of bytes' },
    { text: '"', bytes: '"', why: 'one quotation mark is just that' },
  ])('is read: $why', ({ text, bytes }) => {
    expect(framingOptions.delimiter.parse(text)?.toString() ?? null).toBe(bytes);
  });

  it.each(['"\\q"', '""', '"'.repeat(100)])('may not be %s', (text) => {
    expect(framingOptions.delimiter.safeParse(text).success).toBe(false);
  });
});
