import { describe, expect, it } from 'vitest';
import { logLine } from './log-line.ts';

const time = '2026-11-21T10:00:00.123Z';

describe('logLine', () => {
  it.each<{ record: object; line: string }>([
    {
      record: { level: 30, time, msg: 'listening', host: '127.0.0.1', port: 3000 },
      line: '2026-11-21 10:00:00.123 INFO  listening host=127.0.0.1 port=3000\n',
    },
    {
      record: { level: 50, time, msg: 'send failed', err: { message: 'refused', stack: 'at x' } },
      line: '2026-11-21 10:00:00.123 ERROR send failed: refused\n',
    },
    {
      record: { level: 40, time, msg: 'refused', err: { message: 'refused' } },
      line: '2026-11-21 10:00:00.123 WARN  refused\n',
    },
    {
      record: { level: 60, time, msg: 'a\nb \u001b[31mred', list: [1] },
      line: '2026-11-21 10:00:00.123 FATAL a b  [31mred list=[1]\n',
    },
    { record: { level: 35, err: 'odd' }, line: ' 35    \n' },
  ])('writes $line', ({ record, line }) => {
    expect(logLine(JSON.stringify(record))).toBe(line);
  });

  it('shortens a long value', () => {
    const line = logLine(JSON.stringify({ level: 30, time, msg: 'm', text: 'x'.repeat(1000) }));

    expect(line.length).toBeLessThan(400);
    expect(line).toMatch(/xxx\.\.\.\n$/);
  });
});
