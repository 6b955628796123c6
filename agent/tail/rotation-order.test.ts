import type { BigIntStats } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FoundFile } from './found-file.ts';
import { byAge } from './rotation-order.ts';

interface Times {
  readonly born?: bigint;
  readonly written?: bigint;
}

function file(path: string, { born = 5n, written = 5n }: Times = {}): FoundFile {
  const stats = { birthtimeNs: born, mtimeNs: written } as BigIntStats;
  return { path, key: path, stats };
}

describe('byAge', () => {
  it.each([
    {
      what: 'by birth, whatever they are called',
      files: [file('/a.log.1', { born: 4n, written: 9n }), file('/a.log.2')],
    },
    {
      what: 'by the last write where the births are the same',
      files: [file('/a.log.1', { written: 4n }), file('/a.log.2', { written: 5n })],
    },
    {
      what: 'a compressed file by its last write, as that is born late',
      files: [file('/a.log.2.gz', { born: 9n, written: 4n }), file('/a.log.1', { written: 6n })],
    },
    {
      what: 'by falling number where all times are the same',
      files: ['/a.log.10', '/a.log.9.gz', '/a.log.2', '/a.log.1'].map((path) => file(path)),
    },
    {
      what: 'by rising date where all times are the same',
      files: ['/a.log-20261120', '/a.log-20261121.gz', '/a.log-20261122'].map((path) => file(path)),
    },
    {
      what: 'by rising number within a date',
      files: ['/a.log.2026-11-20.9', '/a.log.2026-11-20.10', '/a.log.2026-11-21.1'].map((path) =>
        file(path),
      ),
    },
  ])('orders rotated files $what', ({ files }) => {
    expect(files.toReversed().toSorted(byAge)).toEqual(files);
    expect(files.toSorted(byAge)).toEqual(files);
  });
});
