import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFramed } from '../../test/support/framed.ts';
import type { FrameLimits } from './framing.ts';
import { plainLines } from './plain-lines.ts';

const NO_LIMITS: FrameLimits = {
  ...{ lines: 0, lineBytes: 1000, inLine: false },
  ...{ atStart: true, end: 'open', withOffsets: false },
};

function split(text: string, limits: Partial<FrameLimits> = {}) {
  const given = plainLines.take(Buffer.from(text), { ...NO_LIMITS, ...limits });
  const { bytes, lines, consumed, inLine, crc, counts } = given;
  expect(crc).toBe(crc32(Buffer.from(text).subarray(0, consumed)));
  return { text: bytes.toString(), lines, consumed, cut: counts.cutLines, inLine };
}

describe('plainLines', () => {
  it.each([
    { text: '', taken: '', lines: 0, consumed: 0, why: 'there is nothing' },
    { text: 'ab', taken: '', lines: 0, consumed: 0, why: 'there is no whole line' },
    { text: 'a\nb', taken: 'a\n', lines: 1, consumed: 2, why: 'the rest is not finished' },
    { text: '\n\n', taken: '\n\n', lines: 2, consumed: 2, why: 'an empty line is a line' },
    { text: 'a\r\nb\r\n', taken: 'a\r\nb\r\n', lines: 2, consumed: 6, why: 'breaks stay' },
  ])('takes "$taken" of "$text": $why', ({ text, taken, lines, consumed }) => {
    expect(split(text)).toEqual({ text: taken, lines, consumed, cut: 0, inLine: false });
  });

  it.each([
    { limit: 1, taken: 'a\n' },
    { limit: 2, taken: 'a\nb\n' },
    { limit: 3, taken: 'a\nb\nc\n' },
    { limit: 4, taken: 'a\nb\nc\n' },
  ])('takes at most $limit lines', ({ limit, taken }) => {
    expect(split('a\nb\nc\nd', { lines: limit })).toMatchObject({ text: taken });
  });

  it('cuts a line that is too long, and keeps its neighbours whole', () => {
    expect(split('one\ntwelve\nsix\n', { lineBytes: 3 })).toEqual({
      text: 'one\ntwe\nsix\n',
      lines: 3,
      consumed: 15,
      cut: 1,
      inLine: false,
    });
  });

  it('cuts a line that is too long already, though it is not finished', () => {
    expect(split('a\nlong', { lineBytes: 3 })).toEqual({
      text: 'a\nlon\n',
      lines: 2,
      consumed: 6,
      cut: 1,
      inLine: true,
    });
  });

  it.each([
    { text: 'aé2345\n', lineBytes: 2, taken: 'a\n', why: 'the é would be cut' },
    { text: 'aé2345\n', lineBytes: 3, taken: 'aé\n', why: 'the é fits' },
    { text: 'a€2345', lineBytes: 3, taken: 'a\n', why: 'the € would be cut' },
    { text: '😀😀\n', lineBytes: 7, taken: '😀\n', why: 'the second would be cut' },
  ])('cuts no character: of "$text" stays "$taken", $why', ({ text, lineBytes, taken }) => {
    expect(split(text, { lineBytes }).text).toBe(taken);
  });

  it('cuts bytes that are not UTF-8 where the limit is', () => {
    const bytes = Buffer.alloc(10, 0x80);
    const { bytes: cut } = plainLines.take(bytes, { ...NO_LIMITS, lineBytes: 5 });

    expect(cut).toEqual(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x0a]));
  });

  it('tells where lines began once that is not where they are', () => {
    const limits = { ...NO_LIMITS, lineBytes: 2 };
    expect(plainLines.take(Buffer.from('a\nb\n'), limits).offsets).toBeNull();
    expect(plainLines.take(Buffer.from('long\nb\nc\n'), limits).offsets).toEqual(
      Float64Array.of(0, 5, 7),
    );
    const inLine = plainLines.take(Buffer.from('rest\nb\nc\n'), { ...limits, inLine: true });
    expect(inLine.offsets).toEqual(Float64Array.of(5, 7));
    const asked = plainLines.take(Buffer.from('a\nb\n'), { ...limits, withOffsets: true });
    expect(asked.offsets).toEqual(Float64Array.of(0, 2));
  });

  it('leaves a long rest alone when the lines are already enough', () => {
    expect(split('a\nlong', { lines: 1, lineBytes: 3 })).toMatchObject({ consumed: 2, cut: 0 });
  });

  it.each([
    { text: 'rest\nb\n', taken: 'b\n', consumed: 7, inLine: false },
    { text: 'rest', taken: '', consumed: 4, inLine: true },
    { text: '\nb\n', taken: 'b\n', consumed: 3, inLine: false },
  ])('passes over the rest of a cut line in "$text"', ({ text, taken, consumed, inLine }) => {
    expect(split(text, { inLine: true })).toMatchObject({ text: taken, consumed, inLine });
  });

  it.each([
    { text: 'a\nb', inLine: false, taken: 'a\nb\n', consumed: 3, stays: false, why: 'last words' },
    { text: 'a\n', inLine: false, taken: 'a\n', consumed: 2, stays: false, why: 'nothing is left' },
    {
      text: 'a\nlong',
      inLine: false,
      taken: 'a\nlon\n',
      consumed: 6,
      stays: true,
      why: 'too long',
    },
    { text: 'rest', inLine: true, taken: '', consumed: 4, stays: true, why: 'a cut line ends' },
  ])('takes "$taken" of "$text" at its very end: $why', ({ text, inLine, taken, ...rest }) => {
    expect(split(text, { inLine, end: 'final', lineBytes: 3 })).toMatchObject({
      ...{ text: taken, consumed: rest.consumed, inLine: rest.stays },
    });
  });

  it('agrees with a naive model, however the bytes come', () => {
    const text = fc.array(fc.constantFrom('a', 'é', '\n'), { maxLength: 60 });
    const reading = fc.record({
      chunk: fc.integer({ min: 1, max: 20 }),
      lines: fc.nat({ max: 4 }),
      lineBytes: fc.integer({ min: 2, max: 8 }),
    });
    fc.assert(
      fc.property(text, reading, (characters, how) => {
        const source = Buffer.from(characters.join(''));
        const { events, counts } = readFramed(plainLines, source, how);
        expect({ events, cut: counts.cutLines }).toEqual(naive(source, how.lineBytes));
      }),
    );
  });
});

function naive(source: Buffer, lineBytes: number) {
  const lines = source.toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  let offset = 0;
  let cut = 0;
  const events = lines.map((line) => {
    const event = { text: `${truncated(line, lineBytes)}\n`, offset };
    offset += Buffer.byteLength(line) + 1;
    if (event.text !== `${line}\n`) cut += 1;
    return event;
  });
  return { events, cut };
}

/** Character by character, as long as they fit. */
function truncated(line: string, bytes: number): string {
  let kept = '';
  for (const character of line) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}
