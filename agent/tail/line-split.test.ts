import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SplitLimits, splitLines } from './line-split.ts';

const NO_LIMITS: SplitLimits = { lines: 0, lineBytes: 1000, inLine: false };

function split(text: string, limits: Partial<SplitLimits> = {}) {
  const { bytes, crc, ...rest } = splitLines(Buffer.from(text), { ...NO_LIMITS, ...limits });
  expect(crc).toBe(crc32(Buffer.from(text).subarray(0, rest.consumed)));
  return { text: bytes.toString(), ...rest };
}

describe('splitLines', () => {
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

  it('agrees with a naive model, however the bytes come', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '\n'), { maxLength: 60 });
    const chunk = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(
        text,
        chunk,
        fc.nat({ max: 4 }),
        fc.integer({ min: 1, max: 8 }),
        (chars, ...limits) => {
          const given = chars.join('');
          expect(readAll(given, ...limits)).toEqual(naive(given, limits[2]));
        },
      ),
    );
  });
});

/** Splits a text as a reader does that gets `chunk` bytes at a time. */
function readAll(text: string, chunk: number, lines: number, lineBytes: number) {
  const input = Buffer.from(text);
  let offset = 0;
  let inLine = false;
  let ahead = chunk;
  const all = { text: '', lines: 0, cut: 0 };
  while (offset < input.length) {
    const part = Buffer.from(input.subarray(offset, offset + ahead));
    const taken = splitLines(part, { lines, lineBytes, inLine });
    if (lines > 0) expect(taken.lines).toBeLessThanOrEqual(lines);
    expect(taken.bytes.toString().split('\n').length - 1).toBe(taken.lines);
    all.text += taken.bytes.toString();
    all.lines += taken.lines;
    all.cut += taken.cut;
    offset += taken.consumed;
    inLine = taken.inLine;
    if (taken.consumed === 0 && offset + ahead >= input.length) break;
    ahead = taken.consumed === 0 ? ahead + chunk : chunk;
  }
  return all;
}

function naive(text: string, lineBytes: number) {
  const parts = text.split('\n');
  const rest = parts.pop() ?? '';
  if (rest.length > lineBytes) parts.push(rest);
  return {
    text: parts.map((line) => `${line.slice(0, lineBytes)}\n`).join(''),
    lines: parts.length,
    cut: parts.filter((line) => line.length > lineBytes).length,
  };
}
