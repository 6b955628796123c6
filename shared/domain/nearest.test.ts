import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

const KEYS = ['bind_host', 'confs_path', 'debug_level', 'log', 'idc', 'max_procs', 'zone'];

describe('nearest', () => {
  it.each([
    { word: 'bind_hots', meant: 'bind_host', why: 'two neighbours are swapped' },
    { word: 'bindhost', meant: 'bind_host', why: 'a character is missing' },
    { word: 'conf_path', meant: 'confs_path', why: 'a character is missing' },
    { word: 'maxx_procs', meant: 'max_procs', why: 'a character is too many' },
    { word: 'debug-level', meant: 'debug_level', why: 'a character is another' },
    { word: 'ZONE', meant: 'zone', why: 'the case does not count' },
    { word: 'icd', meant: 'idc', why: 'even a short word may have one slip' },
    { word: 'zone', meant: 'zone', why: 'it is the word itself' },
  ])('takes $word for $meant: $why', ({ word, meant }) => {
    expect(nearest(word, KEYS)).toBe(meant);
  });

  it.each([
    { word: 'password', why: 'it is another word' },
    { word: '', why: 'it is no word' },
    { word: 'xy', why: 'a short word is near to too much' },
    { word: 'x'.repeat(100_000), why: 'it is too long to be compared' },
  ])('has no idea what $word is: $why', ({ word }) => {
    expect(nearest(word, KEYS)).toBeNull();
  });

  it('prefers the nearer of two, and the first of two equally near ones', () => {
    expect(nearest('cats', ['cots', 'cat', 'cats'])).toBe('cats');
    expect(nearest('cat', ['bat', 'hat'])).toBe('bat');
  });
});
