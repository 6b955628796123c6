import { mkdtemp, open, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lineTime } from './line-time.ts';
import type { ReadableAt } from './readable-at.ts';
import { firstLineFrom, lineAtTime } from './time-search.ts';
import { timeReader } from './written-time.ts';

const NOON_MS = Date.UTC(2026, 10, 25, 12, 0, 0);
const readTime = timeReader([]);

function contentOf(bytes: Buffer): ReadableAt {
  return {
    read: (buffer, offset, length, position) =>
      Promise.resolve({ bytesRead: bytes.copy(buffer, offset, position, position + length) }),
  };
}

function search(text: string, timeMs: number, mtimeMs = NOON_MS): Promise<number> {
  const bytes = Buffer.from(text);
  return firstLineFrom(
    timeMs,
    { content: contentOf(bytes), size: bytes.length, mtimeMs },
    readTime,
  );
}

describe('lineTime', () => {
  const local = new Date(2026, 10, 25, 12, 0, 0).getTime();

  it.each([
    { line: '2026-11-25T12:00:00Z up', ms: NOON_MS, why: 'RFC 3339' },
    { line: '2026-11-25T20:00:00.250+08:00 up', ms: NOON_MS + 250, why: 'a fraction and a zone' },
    { line: '2026-11-25 12:00:00,250 +0000 up', ms: NOON_MS + 250, why: 'a blank, a comma' },
    { line: '2026-11-25 12:00:00 up', ms: local, why: 'no zone: the clock on the wall' },
    { line: '2026/11/25 12:00:00 [error] 7#7', ms: local, why: 'nginx errors' },
    { line: '[2026-11-25T12:00:00Z] up', ms: NOON_MS, why: 'in brackets' },
    { line: '<34>1 2026-11-25T12:00:00Z h app', ms: NOON_MS, why: 'syslog of RFC 5424' },
    { line: 'time="2026-11-25T12:00:00Z" level=info', ms: NOON_MS, why: 'logfmt' },
    { line: '::1 - bob [25/Nov/2026:20:00:00 +0800] "GET /"', ms: NOON_MS, why: 'access log' },
    { line: 'Nov 25 12:00:00 host app: up', ms: local, why: 'syslog' },
    { line: '<13>Nov 25 12:00:00 host app: up', ms: local, why: 'syslog with its priority' },
    {
      line: 'Dec 31 12:00:00 host app: up',
      ms: new Date(2025, 11, 31, 12, 0, 0).getTime(),
      why: 'syslog of last year',
    },
    { line: `${NOON_MS / 1000} up`, ms: NOON_MS, why: 'seconds since the epoch' },
    { line: `${NOON_MS / 1000}.5 up`, ms: NOON_MS + 500, why: 'a part of a second' },
    { line: `${NOON_MS} up`, ms: NOON_MS, why: 'ms since the epoch' },
    { line: '{"a":1,"time":"2026-11-25T12:00:00Z"}', ms: NOON_MS, why: 'JSON time' },
    { line: `{"ts":${NOON_MS / 1000}.25}`, ms: NOON_MS + 250, why: 'JSON ts in seconds' },
    { line: `{"timestamp":${NOON_MS}}`, ms: NOON_MS, why: 'JSON timestamp in ms' },
    { line: '{"@timestamp":"2026-11-25T12:00:00.000Z"}', ms: NOON_MS, why: 'JSON @timestamp' },
    { line: '{"a":{"time":"2026-11-25T12:00:00Z"}}', ms: null, why: 'a field inside a field' },
    { line: '{"time":', ms: null, why: 'JSON that is not whole' },
    { line: '{"a":1}', ms: null, why: 'JSON without a time' },
    { line: '  at app.js:12 2026-11-25T12:00:00Z', ms: null, why: 'a time in the middle' },
    { line: '2026-02-30T12:00:00Z up', ms: null, why: 'a day that there is not' },
    { line: '2026-11-25T25:00:00Z up', ms: null, why: 'an hour that there is not' },
    { line: '12345678 up', ms: null, why: 'some number' },
    { line: '', ms: null, why: 'a blank line' },
  ])('reads $why', ({ line, ms }) => {
    expect(lineTime(Buffer.from(line), readTime, NOON_MS + 1000)).toBe(ms);
  });

  it.each([
    { layout: '[02/01/2006 15:04:05 -0700]', line: '[25/11/2026 20:00:00 +0800] up', ms: NOON_MS },
    { layout: '02.01.2006 15:04:05', line: '25.11.2026 12:00:00: up', ms: local },
    { layout: '02.01.2006 15:04:05', line: 'up', ms: null },
  ])('reads $line by $layout', ({ layout, line, ms }) => {
    expect(lineTime(Buffer.from(line), timeReader([layout]), NOON_MS)).toBe(ms);
  });
});

describe('firstLineFrom', () => {
  const at = (second: number) => new Date(NOON_MS + second * 1000).toISOString();
  const text = `${at(0)} a\n${at(1)} b\n  more of b\n${at(1)} c\n${at(3)} d\n`;

  it.each([
    { second: -1, line: `${at(0)} a`, why: 'all are later' },
    { second: 1, line: `${at(1)} b`, why: 'two of that time: the first' },
    { second: 2, line: `${at(3)} d`, why: 'a time between two' },
    { second: 3, line: `${at(3)} d`, why: 'the last' },
    { second: 4, line: '', why: 'all are older' },
  ])('finds the line: $why', async ({ second, line }) => {
    const start = await search(text, NOON_MS + second * 1000);
    expect(text.slice(start).split('\n')[0]).toBe(line);
  });

  it.each([
    { text: '', at: 0, why: 'an empty file' },
    { text: 'no time\n', at: 0, why: 'no times, written to since' },
    { text: 'no time\n', at: 8, laterMs: 1, why: 'no times, not written to since' },
  ])('decides by the last write: $why', async ({ text: without, at: offset, laterMs = 0 }) => {
    expect(await search(without, NOON_MS + laterMs)).toBe(offset);
  });

  it('agrees with a look at every line, whatever is between the times', async () => {
    const line = fc.oneof(
      { weight: 4, arbitrary: fc.record({ gap: fc.nat(3), rest: fc.string({ maxLength: 30 }) }) },
      { weight: 2, arbitrary: fc.record({ gap: fc.constant(null), rest: fc.constant('  at x') }) },
      {
        weight: 1,
        arbitrary: fc.record({ gap: fc.constant(null), rest: fc.constant('x'.repeat(70_000)) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 40 }), fc.nat(60), async (lines, wanted) => {
        let second = 0;
        let offset = 0;
        let expected: number | null = null;
        let written = '';
        for (const { gap, rest } of lines) {
          second += gap ?? 0;
          const whole = `${gap === null ? '' : `${at(second)} `}${rest.replaceAll('\n', ' ')}\n`;
          if (gap !== null && second >= wanted) expected ??= offset;
          offset += Buffer.byteLength(whole);
          written += whole;
        }
        const hasTimes = lines.some(({ gap }) => gap !== null);
        const timeMs = NOON_MS + wanted * 1000;
        const none = hasTimes || NOON_MS < timeMs ? offset : 0;
        expect(await search(written, timeMs)).toBe(expected ?? none);
      }),
      { numRuns: 200 },
    );
  });
});

describe('lineAtTime', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'time-search-'));
  });

  afterEach(() => rm(dir, { recursive: true }));

  it('takes lines without a year for ones that were written before the file was left', async () => {
    const path = join(dir, 'syslog');
    const text = 'Dec 31 23:59:58 h a\nJan  1 00:00:00 h b\nJan  1 00:00:02 h c\n';
    await writeFile(path, text);
    const leftMs = new Date(2021, 0, 1, 0, 0, 3).getTime();
    await utimes(path, leftMs / 1000, leftMs / 1000);

    const handle = await open(path, 'r');
    try {
      const newYearMs = new Date(2021, 0, 1, 0, 0, 0).getTime();
      expect(await lineAtTime(handle, text.length, newYearMs)).toBe(20);
      expect(await lineAtTime(handle, text.length, newYearMs - 10_000)).toBe(0);
    } finally {
      await handle.close();
    }
  });
});
