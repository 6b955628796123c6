import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following } from '../../test/support/following.ts';
import { tailxReader } from '../plugins/readers/tailx.ts';
import { positionAt } from './beginning.ts';
import type { FilePosition } from './identity.ts';
import { withoutMissingDisks } from './missing-disks.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const EXPIRY = { nowMs: 100 * DAY_MS, expireMs: 30 * DAY_MS };
/** No disk has this number. */
const MISSING = { dev: '999999999', ino: '1' };

describe('positions of files whose disk is missing', () => {
  let dir: string;
  let path: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'missing-'));
    path = join(dir, 'app.log');
    await writeFile(path, 'one\n');
  });

  afterEach(() => rm(dir, { recursive: true }));

  async function position(change: Partial<FilePosition> = {}): Promise<FilePosition> {
    const stats = await stat(path, { bigint: true });
    return { ...positionAt({ path, key: '', stats }, 4), ...change };
  }

  it('say since when, as soon as that is seen', async () => {
    const gone = await position({ ...MISSING, path: join(dir, 'gone.log') });
    const {
      announced,
      positions,
      gone: forgotten,
    } = await withoutMissingDisks(new Map([['s', gone]]), EXPIRY);

    const noted = { ...gone, missingSinceMs: EXPIRY.nowMs };
    expect(announced).toMatchObject([{ source: 's', lines: 0, position: noted }]);
    expect(positions).toEqual(new Map([['s', noted]]));
    expect(forgotten).toEqual([]);
  });

  it.each([
    { days: 30, isForgotten: false },
    { days: 31, isForgotten: true },
  ])('are forgotten after submeta_expire: $days days, $isForgotten', async (row) => {
    const missingSinceMs = EXPIRY.nowMs - row.days * DAY_MS;
    const gone = await position({ ...MISSING, path: join(dir, 'gone.log'), missingSinceMs });
    const prepared = await withoutMissingDisks(new Map([['s', gone]]), EXPIRY);

    expect(prepared.gone).toEqual(row.isForgotten ? ['s'] : []);
    expect(prepared.positions.size).toBe(row.isForgotten ? 0 : 1);
    expect(prepared.announced).toEqual([]);
  });

  it.each([
    { change: {}, why: 'it is there' },
    { change: { dev: MISSING.dev }, why: 'its disk has another number now' },
    { change: { path: 'gone.log', ino: '1' }, why: 'it is deleted, and its disk is there' },
  ])('are kept, and what was noted is taken back: $why', async ({ change }) => {
    const missingSinceMs = 1;
    const known = await position({ missingSinceMs, ...change });
    const at = { ...known, path: join(dir, known.path.replace(`${dir}/`, '')) };
    const { announced, positions, gone } = await withoutMissingDisks(new Map([['s', at]]), EXPIRY);

    expect(gone).toEqual([]);
    expect(announced).toHaveLength(1);
    expect(positions.get('s')).toMatchObject({ missingSinceMs: undefined, offset: 4 });
  });

  it('leave what is no position alone', async () => {
    const { positions } = await withoutMissingDisks(new Map([['s', 'nonsense']]), EXPIRY);
    expect(positions).toEqual(new Map([['s', 'nonsense']]));
  });

  it('are forgotten by a reader of patterns, which goes on with those that are there', async () => {
    const gone = await position({ ...MISSING, path: join(dir, 'gone.log'), missingSinceMs: 1 });
    const positions = new Map([
      ['gone', gone],
      ['here', await position()],
    ]);
    await writeFile(path, 'one\ntwo\n');
    const following = new Following(tailxReader, { log_path: join(dir, '*.log') }, { positions });

    expect(await following.rest()).toBe('two\n');
    expect([...(await following.stop()).keys()]).toEqual(['here']);
  });
});
