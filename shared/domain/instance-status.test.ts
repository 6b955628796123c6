import { describe, expect, it } from 'vitest';
import { readStatus, STATUS_WORDS, statusWord } from './instance-status.ts';

describe('the status of an instance', () => {
  it.each([
    { word: 'active', status: 'up', words: 'active' },
    { word: 'inactive', status: 'down', words: 'active' },
    { word: 'maintenance', status: 'maintenance', words: 'active' },
    { word: 'up', status: 'up', words: 'up' },
    { word: 'down', status: 'down', words: 'up' },
    { word: 'starting', status: 'starting', words: 'up' },
    { word: 'stopping', status: 'stopping', words: 'up' },
    { word: 'unhealthy', status: 'unhealthy', words: 'up' },
  ])('is read from $word', ({ word, status, words }) => {
    expect(readStatus(word)).toEqual({ status, words });
    expect(STATUS_WORDS).toContain(word);
  });

  it.each(['', 'UP', 'Active', ' up', 'gone', 'constructor', '__proto__'])(
    'is not read from %o',
    (word) => {
      expect(readStatus(word)).toBeNull();
    },
  );

  it('is written in the words that it was read from', () => {
    for (const word of STATUS_WORDS) {
      const read = readStatus(word);
      if (read === null) throw new Error(`${word} is none`);
      expect(statusWord(read.status, read.words)).toBe(word);
    }
  });

  it.each([
    { status: 'up', active: 'active' },
    { status: 'down', active: 'inactive' },
    { status: 'starting', active: 'inactive' },
    { status: 'stopping', active: 'inactive' },
    { status: 'unhealthy', active: 'inactive' },
    { status: 'maintenance', active: 'maintenance' },
  ] as const)('$status is $active in the other vocabulary', ({ status, active }) => {
    expect(statusWord(status, 'active')).toBe(active);
    expect(statusWord(status, 'up')).toBe(status);
  });
});
