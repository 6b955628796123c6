import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf, readFramed } from '../../test/support/framed.ts';
import { ENCODING_NAMES, encodingNamed } from './encodings.ts';
import type { FrameLimits } from './framing.ts';
import { HeadPattern } from './head-pattern.ts';
import { JoinedLines } from './joined-lines.ts';

const LIMITS: FrameLimits = {
  ...{ lines: 0, lineBytes: 1000, inLine: false },
  ...{ atStart: false, end: 'open', withOffsets: false },
};

function decoding(name: string, head?: string): JoinedLines {
  const encoding = encodingNamed(name);
  if (encoding === null || encoding === undefined) throw new Error(`${name} decodes nothing`);
  const pattern = head === undefined ? null : new HeadPattern(head);
  return new JoinedLines({ encoding, container: null, head: pattern });
}

function taken(name: string, bytes: readonly number[], limits: Partial<FrameLimits> = {}) {
  const split = decoding(name).take(Buffer.from(bytes), { ...LIMITS, ...limits });
  const { counts, consumed, inLine } = split;
  return { text: split.bytes.toString(), offsets: split.offsets, counts, consumed, inLine };
}

/** The bytes of a text in UTF-16, the other byte order. */
function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

describe('encodings', () => {
  it.each([
    { name: 'GBK', bytes: [0xd6, 0xd0, 0xce, 0xc4, 0x0a], text: '中文\n' },
    { name: 'gb2312', bytes: [0xd6, 0xd0, 0x0a], text: '中\n' },
    { name: 'GB18030', bytes: [0x81, 0x30, 0x81, 0x30, 0x0a], text: '\u0080\n' },
    { name: 'Big5', bytes: [0xa4, 0xa4, 0xa4, 0xe5, 0x0a], text: '中文\n' },
    { name: 'Shift_JIS', bytes: [0x93, 0xfa, 0x96, 0x7b, 0x0a], text: '日本\n' },
    { name: 'sjis', bytes: [0x83, 0x5c, 0x0a], text: 'ソ\n' },
    { name: 'EUC-JP', bytes: [0xc6, 0xfc, 0xcb, 0xdc, 0x0a], text: '日本\n' },
    { name: 'euc-kr', bytes: [0xc7, 0xd1, 0xb1, 0xdb, 0x0a], text: '한글\n' },
    { name: 'ISO-8859-1', bytes: [0xe9, 0x85, 0x0a], text: 'é\u0085\n' },
    { name: 'latin1', bytes: [0xff, 0x0a], text: 'ÿ\n' },
    { name: 'ISO-8859-2', bytes: [0xb1, 0x0a], text: 'ą\n' },
    { name: 'iso-8859-15', bytes: [0xa4, 0x0a], text: '€\n' },
    { name: 'windows-1251', bytes: [0xcf, 0xf0, 0x0a], text: 'Пр\n' },
    { name: 'KOI8-R', bytes: [0xf0, 0xd2, 0x0a], text: 'Пр\n' },
    { name: 'UTF-16LE', bytes: [0x2d, 0x4e, 0x0a, 0x00], text: '中\n' },
    { name: 'UTF-16BE', bytes: [0x4e, 0x2d, 0x00, 0x0a], text: '中\n' },
  ])('$name: $text', ({ name, bytes, text }) => {
    expect(taken(name, bytes)).toMatchObject({ text, consumed: bytes.length });
  });

  it('that are known can all be opened', () => {
    for (const name of ENCODING_NAMES) expect(encodingNamed(name.toUpperCase())).toBeDefined();
  });

  it.each(['', 'utf-7', 'IBM037', 'macos-0_2-10.2', 'klingon', '__proto__'])(
    '"%s" is not known',
    (name) => expect(encodingNamed(name)).toBeUndefined(),
  );

  it.each(['UTF-8', 'utf8', 'US-ASCII', 'ascii'])('%s needs no decoding', (name) => {
    expect(encodingNamed(name)).toBeNull();
  });

  it.each(['GBK', 'GB18030', 'Big5', 'Shift_JIS', 'EUC-JP', 'EUC-KR', 'KOI8-R', 'ISO-8859-3'])(
    '%s keeps lines apart, whatever byte stands before a line feed',
    (name) => {
      for (let first = 0x80; first <= 0xff; first += 1) {
        for (const second of [[], [0x30], [0x81], [0xff]]) {
          const bytes = [first, ...second, 0x0a, 0x41, 0x0a];
          const split = decoding(name).take(Buffer.from(bytes), LIMITS);
          const [, last] = eventsOf(split, 0);
          expect(last).toEqual({ text: 'A\n', offset: bytes.length - 2 });
        }
      }
    },
  );

  it('replaces what means nothing, and counts it', () => {
    const { text, counts } = taken('GBK', [0x41, 0xff, 0x42, 0x81, 0x0a]);
    expect(text).toBe('A\uFFFDB\uFFFD\n');
    expect(counts.badChars).toBe(2);
  });

  it.each([
    { name: 'UTF-16', bytes: [0xff, 0xfe, 0x41, 0, 0x0a, 0], why: 'its mark says little endian' },
    { name: 'UTF-16', bytes: [0xfe, 0xff, 0, 0x41, 0, 0x0a], why: 'its mark says big endian' },
    { name: 'UTF-16LE', bytes: [0xff, 0xfe, 0x41, 0, 0x0a, 0], why: 'a mark is no text' },
    { name: 'UTF-16BE', bytes: [0xfe, 0xff, 0, 0x41, 0, 0x0a], why: 'a mark is no text' },
    { name: 'GB18030', bytes: [0x84, 0x31, 0x95, 0x33, 0x41, 0x0a], why: 'a mark is no text' },
  ])('drops the mark at the start of $name: $why', ({ name, bytes }) => {
    const { text, offsets, consumed } = taken(name, bytes, { atStart: true });
    expect(text).toBe('A\n');
    expect(offsets).toEqual(Float64Array.of(name === 'GB18030' ? 4 : 2));
    expect(consumed).toBe(bytes.length);
  });

  it('knows the byte order of UTF-16 also in the middle of a file', () => {
    expect(taken('UTF-16', [0, 0x41, 0, 0x0a, 0, 0x42]).text).toBe('A\n');
    expect(taken('UTF-16', [0x41, 0, 0x0a, 0, 0x42, 0]).text).toBe('A\n');
    expect(taken('UTF-16', [...utf16be('Ċ਼\n')]).text).toBe('Ċ਼\n');
  });

  it('leaves a mark alone that is not at the start', () => {
    expect(taken('UTF-16LE', [0xff, 0xfe, 0x0a, 0]).text).toBe('\uFEFF\n');
  });

  it.each([
    { name: 'GBK', bytes: [0x41, 0xd6, 0xd0, 0xd6, 0xd0, 0xd6, 0xd0], lineBytes: 4, text: 'A中\n' },
    { name: 'UTF-16LE', bytes: [0x3d, 0xd8, 0x00, 0xde, 0x42, 0], lineBytes: 3, text: '\n' },
    { name: 'UTF-16LE', bytes: [0x41, 0, 0x42, 0, 0x43, 0], lineBytes: 4, text: 'AB\n' },
  ])('cuts no character of $name', ({ name, bytes, lineBytes, text }) => {
    for (const end of [[], decoding(name).isJoining ? [] : [0x0a, 0]]) {
      const { counts, ...cut } = taken(name, [...bytes, ...end], { lineBytes });
      expect(cut.text.startsWith(text)).toBe(true);
      expect(counts).toMatchObject({ cutLines: 1, badChars: 0 });
    }
  });

  it('passes over the rest of a cut line, whole characters at a time', () => {
    const { consumed, inLine } = taken('UTF-16LE', [0x41, 0, 0x42], { inLine: true });
    expect({ consumed, inLine }).toEqual({ consumed: 2, inLine: true });
    const next = taken('UTF-16LE', [0x42, 0, 0x0a, 0, 0x43, 0, 0x0a, 0], { inLine: true });
    expect(next).toMatchObject({ text: 'C\n', consumed: 8, inLine: false });
  });

  it('takes half a character at the very end for a bad one', () => {
    const { text, consumed } = taken('UTF-16LE', [0x41, 0, 0x42], { end: 'final' });
    expect({ text, consumed }).toEqual({ text: 'A\uFFFD\n', consumed: 3 });
  });

  it.each(['UTF-16LE', 'UTF-16BE', 'UTF-16'])('of %s agree with a naive model', (name) => {
    const line = fc.string({ unit: fc.constantFrom('a', 'Ċ', '中', '😀', 'ਊ'), maxLength: 8 });
    const reading = fc.record({
      chunk: fc.integer({ min: 1, max: 40 }),
      lines: fc.nat({ max: 3 }),
      lineBytes: fc.integer({ min: 40, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), reading, (lines, how) => {
        const text = `\uFEFF${lines.map((one) => `${one}\n`).join('')}`;
        const source = name === 'UTF-16BE' ? utf16be(text) : Buffer.from(text, 'utf16le');
        const { events, counts } = readFramed(decoding(name), source, how);
        expect(events.map((event) => event.text)).toEqual(lines.map((one) => `${one}\n`));
        for (const { text: one, offset } of events) {
          expect(text.slice(offset / 2, offset / 2 + one.length)).toBe(one);
        }
        expect(counts.badChars).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('are the same however the bytes come, be they what they may', () => {
    const bytes = fc.array(fc.constantFrom(0x0a, 0x00, 0x41, 0x48, 0x81, 0x30, 0xd8, 0xff), {
      maxLength: 60,
    });
    const reading = fc.record({
      chunk: fc.integer({ min: 1, max: 30 }),
      lines: fc.nat({ max: 3 }),
      lineBytes: fc.integer({ min: 2, max: 9 }),
    });
    const name = fc.constantFrom(
      'GB18030',
      'Shift_JIS',
      'EUC-JP',
      'latin1',
      'UTF-16LE',
      'UTF-16BE',
    );
    const head = fc.constantFrom(undefined, '^H');
    fc.assert(
      fc.property(bytes, reading, name, head, (given, how, encoding, pattern) => {
        const source = Buffer.from(given);
        const bits = readFramed(decoding(encoding, pattern), source, how);
        const large = { ...how, chunk: 10_000, lines: 0 };
        const whole = readFramed(decoding(encoding, pattern), source, large);
        expect(bits.events).toEqual(whole.events);
        // An event that grows over the limit may be seen to do so at one place or at two.
        const { cutLines } = pattern === undefined ? bits.counts : whole.counts;
        expect({ ...bits.counts, cutLines }).toEqual(whole.counts);
      }),
      { numRuns: 1000 },
    );
  });
});
