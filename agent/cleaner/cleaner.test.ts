import { appendFile, mkdir, readdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { RunnersRig } from '../../test/support/runners-rig.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { Cleaner } from './cleaner.ts';

const ON = { delete_enable: 'true', delete_interval: '1' };
const DAY_MS = 24 * 3_600_000;

describe('the cleaner', () => {
  let rig: RunnersRig;
  afterEach(() => rig.remove());

  const folder = () => join(rig.dir, 'logs');
  const path = (name: string) => join(folder(), name);
  const names = async () => (await readdir(folder())).toSorted();

  /** A file of one line that was written to so many days ago. */
  async function file(name: string, days: number, content: string | Buffer = `${name}\n`) {
    await mkdir(folder(), { recursive: true });
    await writeFile(path(name), content);
    await aged(name, days);
  }

  async function aged(name: string, days: number) {
    const at = new Date(Date.now() - days * DAY_MS);
    await utimes(path(name), at, at);
  }

  function cleanerOf(): Cleaner {
    const { runners, launch } = rig;
    return new Cleaner({
      uses: () => runners.view.uses(),
      inTurn: (name, work) => runners.inTurn(name, work),
      launch,
    });
  }

  /** A runner of the folder that has read so many lines. */
  async function runner(lines: number, change: object = {}, name = 'r1') {
    const reader = { mode: 'dir', log_path: folder(), stat_interval: '20ms' };
    await rig.add(name, { reader, cleaner: { ...ON, reserve_file_number: '2' }, ...change });
    await rig.waitForLines(lines, name);
  }

  it('deletes the oldest of the files that are read, and says so', async () => {
    rig = await RunnersRig.create();
    for (const days of [1, 2, 3, 4]) await file(`${days}.log`, days);
    await runner(4);

    await cleanerOf().clean('r1');

    expect(await names()).toEqual(['1.log', '2.log']);
    expect(rig.status()?.cleaner).toEqual({
      ...{ deleted_files: 2, deleted_bytes: 12, last_deleted: path('3.log') },
    });
    const logged = rig.logged.filter(({ msg }) => msg === 'a file that was read is deleted');
    expect(logged.map((line) => line.path)).toEqual([path('4.log'), path('3.log')]);
  });

  it('looks at the times that the configuration says', async () => {
    rig = await RunnersRig.create();
    for (const days of [1, 2, 3]) await file(`${days}.log`, days);
    await runner(3);
    const stop = new AbortController();
    const running = cleanerOf().run(stop.signal);
    await waitFor('the oldest to be deleted', async () => (await names()).length === 2);
    stop.abort();
    await running;

    expect(await names()).toEqual(['1.log', '2.log']);
  });

  it('finds a file that was renamed after it was read', async () => {
    rig = await RunnersRig.create();
    for (const days of [1, 2, 3]) await file(`${days}.log`, days);
    await runner(3);
    await rename(path('3.log'), path('old.log'));

    await cleanerOf().clean('r1');

    expect(await names()).toEqual(['1.log', '2.log']);
  });

  it('keeps what is not read to its end, is written to, is a link, or is none of its files', async () => {
    rig = await RunnersRig.create();
    await file('1.log', 1);
    await file('2.log', 2);
    await file('unfinished.log', 3, 'whole\nhalf');
    await file('grown.log', 3);
    await file('busy.log', 0);
    await file('other.pid', 3);
    const outside = join(rig.dir, 'outside.log');
    await writeFile(outside, 'outside\n');
    await symlink(outside, path('link.log'));
    await utimes(outside, new Date(0), new Date(0));
    await runner(6, { cleaner: { ...ON, reserve_file_number: '1' } });
    // What has grown stays unread as long as the runner does not work.
    await rig.runners.stop('r1');
    await appendFile(path('grown.log'), 'more\n');
    await aged('grown.log', 3);

    await cleanerOf().clean('r1');

    expect(await names()).toEqual([
      ...['1.log', 'busy.log', 'grown.log', 'link.log', 'other.pid', 'unfinished.log'],
    ]);
  });

  it('keeps what was there before, of which nothing is to be read', async () => {
    rig = await RunnersRig.create();
    for (const days of [1, 2, 3]) await file(`${days}.log`, days);
    await file('4.gz', 4, gzipSync('4\n'));
    await file('busy.log', 0);
    const reader = { mode: 'dir', log_path: folder(), read_from: 'newest', stat_interval: '20ms' };
    await runner(0, { reader, cleaner: { ...ON, reserve_file_number: '1' } });
    await appendFile(path('busy.log'), 'more\n');
    await waitFor('positions of the files that are not compressed', async () => {
      const { positions } = await rig.launch.checkpoints.load('r1', 'epoch');
      return positions.size >= 4;
    });

    await cleanerOf().clean('r1');

    expect(await names()).toEqual(['1.log', '2.log', '3.log', '4.gz', 'busy.log']);
  });

  it('keeps what another runner has still to read', async () => {
    rig = await RunnersRig.create();
    for (const days of [1, 2, 3]) await file(`${days}.log`, days);
    await runner(3);
    const newest = { mode: 'dir', log_path: folder(), read_from: 'newest' };
    await rig.add('indifferent', { reader: newest });
    await waitFor('its positions', async () => {
      const { positions } = await rig.launch.checkpoints.load('indifferent', 'epoch');
      return positions.size === 3;
    });
    await rig.add('late', {
      reader: { mode: 'tailx', log_path: path('*.log'), expire: '0s' },
      is_stopped: true,
    });
    const cleaner = cleanerOf();

    await cleaner.clean('r1');
    const before = await names();
    const told = rig.status()?.cleaner;
    await rig.runners.start('late');
    await rig.waitForLines(3, 'late');
    await cleaner.clean('r1');

    expect(before).toEqual(['1.log', '2.log', '3.log']);
    expect(told?.error).toBe(`${path('3.log')} is kept: runner late has not read it to its end`);
    expect(await names()).toEqual(['1.log', '2.log']);
    expect(rig.status()?.cleaner).toEqual({
      ...{ deleted_files: 1, deleted_bytes: 6, last_deleted: path('3.log') },
    });
  });

  it('keeps all as long as nobody knows what another runner reads', async () => {
    rig = await RunnersRig.create();
    for (const days of [1, 2, 3]) await file(`${days}.log`, days);
    await runner(3);
    const secret = join(rig.dir, 'secret');
    await writeFile(secret, path('*.log'));
    const reader = { mode: 'tailx', log_path: `\${file:${secret}}` };
    await rig.add('other', { reader, is_stopped: true });
    await rename(secret, `${secret}.gone`);

    await cleanerOf().clean('r1');

    expect(await names()).toEqual(['1.log', '2.log', '3.log']);
    expect(rig.status()?.cleaner?.error).toContain('it cannot be told what runner other reads');
  });

  it('deletes nothing as long as a sender has not had all of it', async () => {
    rig = await RunnersRig.create();
    for (const days of [1, 2, 3]) await file(`${days}.log`, days);
    const { senders = [] } = rig.config();
    const away = { sender_type: 'http', http_sender_url: 'http://127.0.0.1:1' };
    await runner(3, { senders: [...senders, away] });
    await waitFor('a buffered batch', () => (rig.status()?.lag.ftlags ?? 0) > 0);

    await cleanerOf().clean('r1');

    expect(await names()).toEqual(['1.log', '2.log', '3.log']);
  });

  it('deletes nothing where the policy does not allow to write', async () => {
    rig = await RunnersRig.create({ policy: { writePaths: ['/nowhere'] } });
    await file('1.log', 1);
    const reader = { mode: 'dir', log_path: folder() };
    const senders = [{ sender_type: 'discard' }];

    await expect(rig.add('r1', { reader, senders, cleaner: ON })).rejects.toThrow(
      /writing .*logs is not allowed on this machine: policy.write_paths/,
    );
    await expect(
      rig.add('r1', {
        reader: { mode: 'tailx', log_path: path('*.log'), expire_delete: 'true' },
        senders,
      }),
    ).rejects.toThrow(/policy.write_paths/);
  });

  it('deletes what has expired of the files of a pattern, and compressed ones', async () => {
    rig = await RunnersRig.create();
    await file('1.log', 1);
    await file('2.log', 20);
    await file('3.log', 20, 'no line break');
    await file('4.gz', 1, gzipSync('4\n'));
    const reader = { mode: 'tailx', log_path: path('*'), stat_interval: '20ms' };
    await runner(3, { reader: { ...reader, expire: '720h' }, cleaner: undefined });
    const expiring = { ...reader, expire: '240h', expire_delete: 'true' };
    await rig.runners.update('r1', rig.config('r1', { reader: expiring }), false);

    await cleanerOf().clean('r1');

    expect(await names()).toEqual(['1.log', '3.log']);
  });
});
