import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf, readFramed } from '../../test/support/framed.ts';
import type { FrameLimits } from './framing.ts';
import { HeadPattern } from './head-pattern.ts';
import { JoinedLines } from './joined-lines.ts';

const LIMITS: FrameLimits = {
  ...{ lines: 0, lineBytes: 1000, inLine: false },
  ...{ atStart: true, end: 'open', withOffsets: false },
};

function multiline(pattern: string): JoinedLines {
  return new JoinedLines({ encoding: null, container: null, head: new HeadPattern(pattern) });
}

function taken(text: string, limits: Partial<FrameLimits> = {}, pattern = '^H') {
  const split = multiline(pattern).take(Buffer.from(text), { ...LIMITS, ...limits });
  const events = eventsOf(split, 0).map((event) => event.text);
  return { events, consumed: split.consumed, cut: split.counts.cutLines };
}

describe('events of several lines', () => {
  it.each([
    { text: 'H1\na\nb\nH2\n', events: ['H1\na\nb\n'], consumed: 7, why: 'the last may go on' },
    { text: 'H1\na\nH2', events: [], consumed: 0, why: 'half a line says nothing' },
    { text: 'H1\nH2\nH3\n', events: ['H1\n', 'H2\n'], consumed: 6, why: 'each line is a head' },
    { text: 'a\nb\nH1\nc\n', events: ['a\nb\n'], consumed: 4, why: 'the first needs no head' },
    { text: 'H1\r\na\r\nH2\r\n', events: ['H1\r\na\r\n'], consumed: 7, why: 'breaks stay' },
  ])('are $events of "$text": $why', ({ text, events, consumed }) => {
    expect(taken(text)).toEqual({ events, consumed, cut: 0 });
  });

  it.each([
    { end: 'quiet' as const, events: ['H1\na\n'], consumed: 5 },
    { end: 'final' as const, events: ['H1\na\nha\n'], consumed: 7 },
  ])('are $events when the end is $end', ({ end, events, consumed }) => {
    expect(taken('H1\na\nha', { end })).toEqual({ events, consumed, cut: 0 });
  });

  it('are as many as are wanted', () => {
    expect(taken('H1\na\nH2\nb\nH3\n', { lines: 1 })).toMatchObject({ consumed: 5 });
    expect(taken('H1\na\nH2\nb\nH3\n', { lines: 2 })).toMatchObject({ consumed: 10 });
  });

  it('end in the middle of a line where its pattern says so', () => {
    expect(taken('x 1\ny\nx 2\n', {}, '^x \\d$').events).toEqual(['x 1\ny\n']);
    expect(taken('x 1\r\ny\r\nx 2\r\n', {}, '^x \\d$').events).toEqual(['x 1\r\ny\r\n']);
  });

  it('are split where they grow too long, and nothing is lost', () => {
    expect(taken('H1\naaa\nbbb\nccc\nH2\n', { lineBytes: 10 })).toEqual({
      events: ['H1\naaa\nbbb\n', 'ccc\n'],
      consumed: 15,
      cut: 1,
    });
  });

  it('are split where they have too many lines', () => {
    const text = `H\n${'a\n'.repeat(1500)}H\n`;
    const { events, cut } = taken(text, { lineBytes: 100_000 });

    expect(events.map((event) => event.length)).toEqual([2000, 1002]);
    expect(cut).toBe(1);
  });

  it('end with a line that is too long, whether its end is there or not', () => {
    for (const rest of ['', '\n']) {
      const { events, cut } = taken(`H1\n${'x'.repeat(20)}${rest}`, { lineBytes: 10 });
      expect(events).toEqual(['H1\n', 'xxxxxxxxxx\n']);
      expect(cut).toBe(2);
    }
  });

  it('say where they end only where a line feed does not', () => {
    const one = multiline('^H').take(Buffer.from('H1\nH2\n'), { ...LIMITS, end: 'quiet' });
    expect(one.ends).toBeNull();
    const two = multiline('^H').take(Buffer.from('H1\na\nH2\n'), { ...LIMITS, end: 'quiet' });
    expect(two.ends).toEqual(Uint32Array.of(5, 8));
  });

  it('agree with a naive model, however the bytes come', () => {
    const line = fc.constantFrom('H', 'Ha', 'a', 'bb', 'é', '', 'long long');
    const reading = fc.record({
      chunk: fc.integer({ min: 1, max: 40 }),
      lines: fc.nat({ max: 3 }),
      lineBytes: fc.integer({ min: 9, max: 30 }),
    });
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.boolean(),
        reading,
        (lines, isEnded, how) => {
          const source = Buffer.from(lines.join('\n') + (isEnded ? '\n' : ''));
          const { events } = readFramed(multiline('^H'), source, how);
          expect(events).toEqual(naive(source.toString(), how.lineBytes));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are the same with lines that must be cut, however the bytes come', () => {
    const line = fc.constantFrom('H', 'a', 'é'.repeat(12), 'H long and longer and longer');
    const reading = fc.record({
      chunk: fc.integer({ min: 1, max: 60 }),
      lines: fc.nat({ max: 3 }),
      lineBytes: fc.integer({ min: 2, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), reading, (lines, how) => {
        const source = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const bits = readFramed(multiline('^H'), source, how);
        const whole = readFramed(multiline('^H'), source, { ...how, chunk: 10_000, lines: 0 });
        expect(bits.events).toEqual(whole.events);
        expect(bits.counts).toEqual(whole.counts);
      }),
      { numRuns: 500 },
    );
  });
});

describe('HeadPattern', () => {
  it.each([
    { pattern: '^\\d{4}-\\d{2}', line: '2026-11-25 x\n', matches: true },
    { pattern: '^\\d{4}-\\d{2}', line: '    at Foo.bar\n', matches: false },
    { pattern: '(?i)^error', line: 'ERROR\n', matches: true },
    { pattern: '^(?P<day>\\d+)$', line: '12\r\n', matches: true },
    { pattern: '^\\p{Han}', line: '错误\n', matches: true },
    { pattern: 'end$', line: `${'x'.repeat(8192)}end\n`, matches: false },
  ])('$pattern matches "$line": $matches', ({ pattern, line, matches }) => {
    expect(new HeadPattern(pattern).matches(Buffer.from(line))).toBe(matches);
  });

  it.each(['(a', 'a(?=b)', '[', 'x'.repeat(1025)])('refuses %j', (pattern) => {
    expect(() => new HeadPattern(pattern)).toThrow(/./);
  });

  it('is not held up by a pattern that other engines would backtrack over for ever', () => {
    expect(new HeadPattern('^(a+)+$').matches(Buffer.from(`${'a'.repeat(8000)}b\n`))).toBe(false);
  });
});

function naive(text: string, eventBytes: number) {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const events: { text: string; offset: number }[] = [];
  let offset = 0;
  for (const line of lines) {
    const whole = line.endsWith('\n') ? line : `${line}\n`;
    const last = events.at(-1);
    const joined = (last?.text ?? '') + whole;
    const fits = Buffer.byteLength(joined) - 1 <= eventBytes;
    if (last === undefined || line.startsWith('H') || !fits) events.push({ text: whole, offset });
    else last.text = joined;
    offset += Buffer.byteLength(line);
  }
  return events;
}
