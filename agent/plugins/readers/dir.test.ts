import { appendFile, mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following } from '../../../test/support/following.ts';
import type { BatchLimits } from '../plugin.ts';
import { dirReader } from './dir.ts';

const OLD_S = 1_700_000_000;

describe('dirReader', () => {
  let dir: string;
  let open: Following[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dir-reader-'));
    open = [];
  });

  afterEach(async () => {
    await Promise.all(open.map((following) => following.stop()));
    await rm(dir, { recursive: true });
  });

  interface Given {
    readonly positions?: ReadonlyMap<string, unknown>;
    readonly limits?: Partial<BatchLimits>;
    readonly options?: Readonly<Record<string, string>>;
  }

  function follow({ options, ...given }: Given = {}): Following {
    const following = new Following(dirReader, { log_path: `${dir}/`, ...options }, given);
    open.push(following);
    return following;
  }

  async function write(name: string, text: string, ageOrder = 0): Promise<void> {
    const path = join(dir, name);
    await writeFile(path, text);
    await utimes(path, OLD_S + ageOrder, OLD_S + ageOrder);
  }

  it('reads the oldest file first, each to its end before the next', async () => {
    await write('a', 'a1\na2\na3\n', 3);
    await write('b', 'b1\nb2\nb3\n', 1);
    await write('c', 'c1\nc2\nc3\n', 2);

    const following = follow({ limits: { lines: 2 } });
    expect(await following.lines(9)).toBe('b1\nb2\nb3\nc1\nc2\nc3\na1\na2\na3\n');
    expect(following.reader.origin).toBe(dir);
    expect(following.batches.map(({ origin }) => origin)).toContain(join(dir, 'c'));
  });

  it('lets no file wait to be filled while others wait for it', async () => {
    for (let i = 0; i < 5; i += 1) await write(`f${i}`, `${i}\n`, i);
    const following = follow({ limits: { lingerMs: 60_000 } });
    const startMs = following.clock.monotonicMs();

    expect(await following.lines(4)).toBe('0\n1\n2\n3\n');
    expect(following.clock.monotonicMs() - startMs).toBeLessThan(60_000);
    expect(await following.lines(5)).toBe('0\n1\n2\n3\n4\n');
  });

  it('gives a file its turn though an older one is written to all the time', async () => {
    await write('busy', 'busy\n', 1);
    await write('calm', 'calm\n', 2);
    const following = follow();
    const writes = new AbortController();
    const writer = (async () => {
      while (!writes.signal.aborted) await appendFile(join(dir, 'busy'), 'busy\n');
    })();

    await following.until('the calm line', () => following.text.includes('calm'));
    writes.abort();
    await writer;
  });

  it('follows every file, new ones and old ones', async () => {
    await write('a', 'a1\n', 1);
    await write('b', 'b1\n', 2);
    const following = follow();
    await following.lines(2);

    await appendFile(join(dir, 'a'), 'a2\n');
    await following.lines(3);
    await writeFile(join(dir, 'c'), 'c1\n');
    expect(await following.lines(4)).toBe('a1\nb1\na2\nc1\n');
  });

  it('knows a file again that is renamed inside the folder', async () => {
    await write('app.log', 'one\n', 1);
    const following = follow();
    await following.lines(1);
    await rename(join(dir, 'app.log'), join(dir, 'app.log.1'));
    await appendFile(join(dir, 'app.log.1'), 'two\n');
    await writeFile(join(dir, 'app.log'), 'three\n');

    expect(await following.lines(3)).toBe('one\ntwo\nthree\n');
    expect(await following.rest()).toBe('one\ntwo\nthree\n');
    expect(following.batches[0]?.source).toBe(following.batches[1]?.source);
  });

  it('knows the files again after a stop, however they are called by then', async () => {
    await write('app.log.1', 'one\n', 1);
    await write('app.log', 'two\n', 2);
    const first = follow();
    await first.lines(2);
    const positions = await first.stop();
    await rename(join(dir, 'app.log.1'), join(dir, 'app.log.2'));
    await rename(join(dir, 'app.log'), join(dir, 'app.log.1'));
    await appendFile(join(dir, 'app.log.1'), 'three\n');
    await writeFile(join(dir, 'app.log'), 'four\n');

    expect(await follow({ positions }).lines(2)).toBe('three\nfour\n');
  });

  it('reads a file with another file of the same beginning on its own', async () => {
    await write('a', 'same\n', 1);
    await write('b', 'same\n', 2);

    const following = follow();
    expect(await following.lines(2)).toBe('same\nsame\n');
    expect(following.positions.size).toBe(2);
  });

  it('keeps few files open, and still reads and follows all of them', async () => {
    for (let i = 0; i < 50; i += 1) await write(`f${i}`, `${i}\n`, i);
    const following = follow({ options: { max_open_files: '3' } });
    await following.lines(50);
    for (let i = 0; i < 50; i += 1) await appendFile(join(dir, `f${i}`), `more of ${i}\n`);
    await following.lines(100);

    const last = new Set(following.text.split('\n').slice(50, -1));
    expect(last.size).toBe(50);
    expect(following.positions.size).toBe(50);
  });

  it('takes a closed file that was replaced under its inode for another one', async () => {
    await write('a', 'from a\n', 1);
    await write('b', 'from b\n', 2);
    const first = follow();
    await first.lines(2);
    const positions = new Map(await first.stop());
    const [one, two] = [...positions];
    if (one === undefined || two === undefined) throw new Error('two positions were expected');
    // What is known of "a" names the inode that "b" has by now, and other first bytes.
    const { dev, ino } = Object.assign({ dev: '', ino: '' }, two[1]);
    const stale = Object.assign({}, one[1], { dev, ino });
    const second = follow({ positions: new Map([[one[0], stale]]) });

    expect(await second.lines(2)).toBe('from a\nfrom b\n');
    expect([...second.positions.keys()]).toHaveLength(2);
  });

  it.each([
    { options: {}, read: ['app.log', 'x.txt'] },
    { options: { ignore_hidden: 'false' }, read: ['.hidden', 'app.log', 'x.txt'] },
    { options: { valid_file_pattern: '*.log' }, read: ['app.log'] },
    { options: { ignore_file_suffix: '.log, .txt' }, read: ['app.pid'] },
  ])('reads only $read with $options', async ({ options, read }) => {
    for (const name of ['.hidden', 'app.log', 'app.pid', 'old.log.gz', 'x.txt']) {
      await write(name, `${name}\n`);
    }
    await mkdir(join(dir, 'sub.log'));
    await write('sub.log/inner.log', 'inner\n');
    const following = follow({ options });
    await following.rest();

    expect(following.text.split('\n').slice(0, -1).sort()).toEqual(read);
  });

  it('waits for a folder that is not there', async () => {
    const folder = join(dir, 'later');
    const following = follow({ options: { log_path: folder } });
    await following.rest();
    expect(following.reader.trouble()).toBe(`waiting for ${folder} to appear`);

    await mkdir(folder);
    await writeFile(join(folder, 'a'), 'one\n');
    expect(await following.lines(1)).toBe('one\n');
    expect(following.reader.trouble()).toBeNull();
  });

  it('says why the folder cannot be read, and forgets nothing of it meanwhile', async () => {
    const folder = join(dir, 'logs');
    await mkdir(folder);
    await writeFile(join(folder, 'a'), 'one\n');
    const first = follow({ options: { log_path: folder } });
    await first.lines(1);
    const positions = await first.stop();
    await rename(folder, join(dir, 'aside'));
    await writeFile(folder, 'not a folder');

    const second = follow({ options: { log_path: folder }, positions });
    await second.rest();
    expect(second.reader.trouble()).toBe(`cannot read ${folder}: not a directory`);
    await rm(folder);
    await rename(join(dir, 'aside'), folder);
    await appendFile(join(folder, 'a'), 'two\n');
    expect(await second.lines(1)).toBe('two\n');
  });

  it('forgets files that were deleted, but not those that are only read', async () => {
    await write('a', 'a\n', 1);
    await write('b', 'b\n', 2);
    const following = follow();
    await following.lines(2);
    await rm(join(dir, 'a'));
    await following.rest();
    await appendFile(join(dir, 'b'), 'b2\n');
    await following.lines(3);

    expect([...following.positions.keys()]).toEqual([following.full[1]?.source]);
  });
});
