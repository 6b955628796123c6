import { describe, expect, it } from 'vitest';
import { RunnerName } from './runner-name.ts';

describe('RunnerName', () => {
  it.each(['r1', 'a.b-c_d', '日志', 'my runner', '_x', 'café', 'x'.repeat(128)])(
    'allows %s',
    (name) => {
      expect(RunnerName.parse(name)).toBe(name);
    },
  );

  it.each([
    '',
    '..',
    '.',
    '../x',
    '..%2fevil',
    'a/b',
    'a\\b',
    '.hidden',
    'a\0b',
    'a\nb',
    'a ',
    'a.',
    'C:x',
    'a*',
    'x'.repeat(129),
    '日'.repeat(43),
  ])('refuses %j', (name) => {
    expect(RunnerName.safeParse(name).success).toBe(false);
  });
});
