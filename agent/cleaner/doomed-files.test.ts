import { describe, expect, it } from 'vitest';
import { cleanerRule } from './cleaner-options.ts';
import { type Doom, doomedFiles, type ReadFile } from './doomed-files.ts';

const NOW_MS = 1_000_000;
const UNLIMITED = Number.POSITIVE_INFINITY;

/** Files of one folder by their age in seconds, 100 bytes each; the first is the newest. */
function files(...agesS: number[]): ReadFile[] {
  return agesS.map((ageS, index) => ({
    ...{ path: `/log/${ageS}`, key: String(ageS), bytes: 100, isPacked: false },
    ...{ writtenMs: NOW_MS - ageS * 1_000, isNewest: index === 0 },
  }));
}

const ROWS: { why: string; read: ReadFile[]; doom: Doom; doomed: string[] }[] = [
  {
    why: 'those beyond the number, the oldest first',
    read: files(1, 2, 3, 4),
    doom: { reserve: { filesMax: 2, bytesMax: UNLIMITED }, expireMs: null },
    doomed: ['/log/4', '/log/3'],
  },
  {
    why: 'those beyond the size',
    read: files(1, 2, 3, 4),
    doom: { reserve: { filesMax: UNLIMITED, bytesMax: 350 }, expireMs: null },
    doomed: ['/log/4'],
  },
  {
    why: 'never the newest of a folder',
    read: files(1, 2),
    doom: { reserve: { filesMax: 0, bytesMax: 0 }, expireMs: null },
    doomed: ['/log/2'],
  },
  {
    why: 'what is expired, the newest or not',
    read: files(60, 61, 59),
    doom: { reserve: null, expireMs: 60_000 },
    doomed: ['/log/61', '/log/60'],
  },
  {
    why: 'what is compressed, as soon as it is read',
    read: files(1, 2).map((file) => ({ ...file, isPacked: file.isNewest })),
    doom: { reserve: null, expireMs: UNLIMITED },
    doomed: ['/log/1'],
  },
  {
    why: 'nothing, where nothing is asked for',
    read: files(1, 2),
    doom: { reserve: null, expireMs: null },
    doomed: [],
  },
];

describe('doomedFiles', () => {
  it.each(ROWS)('are $why', ({ read, doom, doomed }) => {
    expect(doomedFiles(read, doom, NOW_MS).map(({ path }) => path)).toEqual(doomed);
  });
});

describe('the options of the cleaner', () => {
  it.each([
    { given: undefined, why: 'there are none' },
    { given: {}, why: 'it is not turned on' },
    { given: { delete_enable: 'false', reserve_file_number: '1' }, why: 'it is turned off' },
  ])('delete nothing when $why', ({ given }) => {
    expect(cleanerRule(given)).toBeNull();
  });

  it('have defaults, and 0 for no limit', () => {
    expect(cleanerRule({ delete_enable: 'true' })).toEqual({
      ...{ intervalMs: 300_000, filesMax: 10 },
      bytesMax: 2_048 * 1024 * 1024,
    });
    const given = { delete_enable: 'true', reserve_file_number: '0', reserve_file_size: '0' };
    expect(cleanerRule(given)).toMatchObject({ filesMax: UNLIMITED, bytesMax: UNLIMITED });
  });

  it('are refused when they mean nothing', () => {
    expect(() => cleanerRule({ delete_interval: 'often' })).toThrow(
      'cleaner: delete_interval: must be a whole number from 1 to 86400',
    );
  });
});
