import { describe, expect, it } from 'vitest';
import type { Partition } from './partition.ts';
import { isSought, type PartitionSearch } from './partition-search.ts';

const NOW_MS = 100_000;
const HELD: Partition = {
  ...{ id: 7, min: 61n, max: 70n, status: 'running', workerId: 'w', token: 3, version: 4 },
  ...{ attempts: 0, priority: 0, nextRunAtMs: 0, lastHeartbeatMs: 95_000, error: '', options: {} },
  ...{ checkpoint: null, items: 0, createdAtMs: 10_000, updatedAtMs: 50_000 },
};

interface Row {
  readonly search: PartitionSearch;
  readonly is: boolean;
  readonly why: string;
}

describe('isSought', () => {
  const rows: Row[] = [
    { search: {}, is: true, why: 'nothing is asked for' },
    { search: { statuses: ['failed', 'running'] }, is: true, why: 'it is of one of the statuses' },
    { search: { statuses: ['failed'] }, is: false, why: 'it is of another status' },
    { search: { workerId: 'w' }, is: true, why: 'its holder is asked for' },
    { search: { workerId: 'x' }, is: false, why: 'another holder is asked for' },
    { search: { ids: [6, 7] }, is: true, why: 'it is one of the IDs' },
    { search: { ids: [] }, is: false, why: 'it is none of the IDs' },
    { search: { excludedIds: [6, 7] }, is: false, why: 'its ID is left out' },
    { search: { idMin: 7, idMax: 7 }, is: true, why: 'both ends are meant' },
    { search: { idMin: 8 }, is: false, why: 'it is below' },
    { search: { idMax: 6 }, is: false, why: 'it is above' },
    { search: { staleMs: 4_999 }, is: true, why: 'it was silent for longer' },
    { search: { staleMs: 5_000 }, is: false, why: 'it was silent for just so long' },
    {
      search: { staleMs: 1, excludedWorkerId: 'w' },
      is: false,
      why: 'stale ones of w are left out',
    },
    { search: { staleMs: 1, excludedWorkerId: 'x' }, is: true, why: 'it is not held by x' },
    { search: { excludedWorkerId: 'w' }, is: true, why: 'that is only said of stale ones' },
    { search: { workerId: 'w', idMax: 6 }, is: false, why: 'one of two does not hold' },
  ];

  it.each(rows)('is $is when $why', ({ search, is }) => {
    expect(isSought(HELD, search, NOW_MS)).toBe(is);
  });
});
