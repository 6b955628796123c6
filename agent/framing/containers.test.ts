import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Event, eventsOf, readFramed } from '../../test/support/framed.ts';
import type { ContainerFormat } from './container-line.ts';
import type { FrameLimits } from './framing.ts';
import { HeadPattern } from './head-pattern.ts';
import { JoinedLines } from './joined-lines.ts';

const LIMITS: FrameLimits = {
  ...{ lines: 0, lineBytes: 1000, inLine: false },
  ...{ atStart: true, end: 'open', withOffsets: false },
};
const TIME = '2016-10-06T00:17:09.669794202Z';

interface Given {
  readonly head?: string;
  readonly spreadBytes?: number;
}

function containers(container: ContainerFormat, { head, ...given }: Given = {}): JoinedLines {
  const pattern = head === undefined ? null : new HeadPattern(head);
  return new JoinedLines({ encoding: null, container, head: pattern, ...given });
}

function cri(stream: string, tag: string, text: string): string {
  return `${TIME} ${stream} ${tag} ${text}\n`;
}

function docker(stream: string, log: string): string {
  return `${JSON.stringify({ log, stream, time: TIME })}\n`;
}

function taken(text: string, framing = containers('auto'), limits: Partial<FrameLimits> = {}) {
  const split = framing.take(Buffer.from(text), { ...LIMITS, ...limits });
  const events = eventsOf(split, 0).map((event) => event.text);
  return { events, consumed: split.consumed, counts: split.counts };
}

describe('lines of containers', () => {
  it.each([
    { line: `${TIME} stdout F text`, text: 'text' },
    { line: `${TIME} stderr F  two  blanks`, text: ' two  blanks' },
    { line: `${TIME} stdout F `, text: '' },
    { line: `${TIME} stdout F`, text: '' },
    { line: `${TIME} stdout F:more tags`, text: 'tags' },
    { line: '2016-10-06T00:17:09.6+08:00 stdout F x', text: 'x' },
    { line: '{"log":"a \\u00e9\\n","stream":"stderr","time":"t"}', text: 'a é' },
    { line: '{"log":"\\n","stream":"stdout"}', text: '' },
  ])('$line is "$text"', ({ line, text }) => {
    const { events, counts } = taken(`${line}\n`);
    expect(events).toEqual([`${text}\n`]);
    expect(counts.foreignLines).toBe(0);
  });

  it.each([
    'just a line',
    '',
    `${TIME} stdin F x`,
    `${TIME} stdout X x`,
    `${TIME} stdout Fx`,
    'yesterday stdout F x',
    `${TIME} stdout`,
    '{"log":"half',
    '{"log":1}',
    '{}',
    '{"message":"of another program"}',
  ])('"%s" goes on as it is, and is counted', (line) => {
    const { events, counts } = taken(`${line}\n`);
    expect(events).toEqual([`${line}\n`]);
    expect(counts.foreignLines).toBe(1);
  });

  it.each([
    { format: 'cri' as const, text: docker('stdout', 'x\n') },
    { format: 'docker' as const, text: cri('stdout', 'F', 'x') },
  ])('a format that is named is the only one: $format', ({ format, text }) => {
    expect(taken(text, containers(format))).toMatchObject({
      ...{ events: [text], counts: { foreignLines: 1 } },
    });
  });

  it('are put together from their pieces, each stream on its own', () => {
    const text = [
      cri('stdout', 'P', 'one '),
      cri('stderr', 'P', 'bad '),
      cri('stdout', 'P', 'two '),
      cri('stdout', 'F', 'three'),
      cri('stderr', 'F', 'end'),
    ].join('');

    expect(taken(text)).toMatchObject({
      ...{ events: ['one two three\n', 'bad end\n'], consumed: text.length },
    });
  });

  it('of Docker are continued until there is a line break in the text', () => {
    const text = docker('stdout', 'one ') + docker('stderr', 'x\n') + docker('stdout', 'two\n');
    expect(taken(text).events).toEqual(['x\n', 'one two\n']);
  });

  it('keep a character whole that was cut in two', () => {
    const pieces = Buffer.concat([
      Buffer.from(`${TIME} stdout P a`),
      Buffer.from([0xe2, 0x82, 0x0a]),
      Buffer.from(`${TIME} stdout F `),
      Buffer.from([0xac, 0x0a]),
    ]);
    const split = containers('cri').take(pieces, LIMITS);
    expect(split.bytes.toString()).toBe('a€\n');
  });

  it('hand out nothing beyond a piece that waits, so that nothing comes twice', () => {
    const first = cri('stderr', 'F', 'first');
    const waiting = cri('stdout', 'P', 'waits') + cri('stderr', 'F', 'behind');

    expect(taken(first + waiting)).toMatchObject({
      ...{ events: ['first\n'], consumed: first.length },
    });
    expect(taken(first + waiting, containers('cri'), { end: 'quiet' })).toMatchObject({
      ...{ events: ['first\n', 'behind\n', 'waits\n'], consumed: first.length + waiting.length },
    });
  });

  it('wait no longer for a piece than a stretch of the file allows', () => {
    const rest = Array.from({ length: 9 }, (_, i) => cri('stderr', 'F', `behind ${i}`)).join('');
    const framing = containers('cri', { spreadBytes: 200 });
    const { events, counts } = taken(cri('stdout', 'P', 'waits') + rest, framing, {
      lineBytes: 40,
    });

    expect(events.indexOf('waits\n')).toBe(4);
    expect(events.length).toBe(10);
    expect(counts.cutLines).toBe(1);
  });

  it('are cut at the limit, but not inside a character', () => {
    const text = cri('stdout', 'P', 'abcd') + cri('stdout', 'P', 'é€') + cri('stdout', 'F', 'more');
    expect(taken(text, containers('cri'), { lineBytes: 7 })).toMatchObject({
      ...{ events: ['abcdé\n'], counts: { cutLines: 1 } },
    });
  });

  it('are joined to events, of one stream each', () => {
    const text = [
      cri('stderr', 'F', 'Error: x'),
      cri('stderr', 'P', '  at '),
      cri('stderr', 'F', 'y'),
      cri('stdout', 'F', 'Hello'),
      cri('stderr', 'F', '  at z'),
      cri('stderr', 'F', 'Next'),
    ].join('');
    const framing = containers('cri', { head: '^\\S' });

    expect(taken(text, framing).events).toEqual(['Error: x\n  at y\n', 'Hello\n', '  at z\n']);
  });

  it('say where they end when the text has line breaks inside', () => {
    const split = containers('docker').take(Buffer.from(docker('stdout', 'a\nb\n')), LIMITS);
    expect(split.ends).toEqual(Uint32Array.of(4));
  });

  const piece = fc.record({
    stream: fc.constantFrom('stdout', 'stderr'),
    isLast: fc.boolean(),
    text: fc.constantFrom('', 'a', 'Hé', ' long text ', 'H'),
  });
  const reading = fc.record({
    chunk: fc.integer({ min: 1, max: 300 }),
    lines: fc.nat({ max: 3 }),
    lineBytes: fc.integer({ min: 200, max: 300 }),
  });

  it.each(['cri', 'docker'] as const)('of %s agree with a naive model', (format) => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), reading, (pieces, how) => {
        const lines = pieces.map((one) => written(format, one));
        const source = Buffer.from(lines.join(''));
        const { events } = readFramed(containers('auto'), source, how);
        expect(events).toEqual(naive(pieces, lines));
      }),
      { numRuns: 300 },
    );
  });

  it('are the same however the bytes come, with every limit in force', () => {
    const foreign = fc.record({
      ...{ stream: fc.constant('none'), isLast: fc.constant(true) },
      text: fc.constantFrom('a foreign line', '', 'Hx'),
    });
    const tight = fc.record({
      chunk: fc.integer({ min: 1, max: 300 }),
      lines: fc.nat({ max: 3 }),
      lineBytes: fc.integer({ min: 2, max: 12 }),
    });
    const head = fc.constantFrom(undefined, '^H');
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, foreign)), head, tight, (pieces, pattern, how) => {
        const source = Buffer.from(pieces.map((one) => written('cri', one)).join(''));
        const given = { spreadBytes: 150, ...(pattern === undefined ? {} : { head: pattern }) };
        const bits = readFramed(containers('auto', given), source, how);
        const large = { ...how, chunk: 100_000, lines: 0 };
        const whole = readFramed(containers('auto', given), source, large);
        expect(bits.events).toEqual(whole.events);
        expect(bits.counts.foreignLines).toBe(whole.counts.foreignLines);
      }),
      { numRuns: 500 },
    );
  });
});

interface Piece {
  readonly stream: string;
  readonly isLast: boolean;
  readonly text: string;
}

function written(format: 'cri' | 'docker', { stream, isLast, text }: Piece): string {
  if (stream === 'none') return `${text}\n`;
  if (format === 'docker') return docker(stream, isLast ? `${text}\n` : text);
  return cri(stream, isLast ? 'F' : 'P', text);
}

/** Each stream on its own; lines in the order in which they end, the unfinished ones at last. */
function naive(pieces: readonly Piece[], lines: readonly string[]): Event[] {
  const events: Event[] = [];
  let waiting: (Event & { stream: string })[] = [];
  let offset = 0;
  for (const [index, { stream, isLast, text }] of pieces.entries()) {
    const before = waiting.find((one) => one.stream === stream);
    const now = { stream, text: (before?.text ?? '') + text, offset: before?.offset ?? offset };
    if (before === undefined) waiting.push(now);
    else waiting = waiting.map((one) => (one === before ? now : one));
    if (isLast) {
      events.push({ text: `${now.text}\n`, offset: now.offset });
      waiting = waiting.filter((one) => one !== now);
    }
    offset += Buffer.byteLength(lines[index] ?? '');
  }
  return [...events, ...waiting.map((one) => ({ text: `${one.text}\n`, offset: one.offset }))];
}
