import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import {
  appendFile,
  link,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { Following, LIMITS } from '../../../test/support/following.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { BatchLimits } from '../plugin.ts';
import { tailxReader } from './tailx.ts';

describe('tailxReader', () => {
  let dir: string;
  let open: Following[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tailx-reader-'));
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

  function follow(pattern: string, { options, ...given }: Given = {}): Following {
    const log_path = join(dir, pattern);
    const following = new Following(tailxReader, { log_path, ...options }, given);
    open.push(following);
    return following;
  }

  const sorted = (text: string) => text.split('\n').slice(0, -1).sort();

  it('follows the files that the pattern matches, in folders too, and new ones', async () => {
    await mkdir(join(dir, 'x'));
    await mkdir(join(dir, 'y'));
    await writeFile(join(dir, 'x', 'a.log'), 'xa\n');
    await writeFile(join(dir, 'y', 'a.log'), 'ya\n');
    await writeFile(join(dir, 'y', 'a.txt'), 'no\n');
    const following = follow('*/*.log');
    expect(sorted(await following.lines(2))).toEqual(['xa', 'ya']);

    await writeFile(join(dir, 'x', 'b.log'), 'xb\n');
    expect(sorted(await following.lines(3))).toEqual(['xa', 'xb', 'ya']);
    expect(following.reader.origin).toBe(join(dir, '*/*.log'));
  });

  it('leaves out what is ignored, compressed or a folder', async () => {
    await mkdir(join(dir, 'd.log'));
    for (const name of ['a.log', 'debug.log', 'trace.log', 'b.log.gz']) {
      await writeFile(join(dir, name), `${name}\n`);
    }
    const ignore_log_path = `${join(dir, 'debug*')}, ${join(dir, 't?ace.log')}`;
    const following = follow('*log*', { options: { ignore_log_path } });

    expect(await following.rest()).toBe('a.log\n');
  });

  it.each([
    { expire: '', isRead: false, why: 'a day is the default' },
    { expire: '24h', isRead: false, why: 'it is older' },
    { expire: '480h', isRead: true, why: 'it is younger' },
    { expire: '0s', isRead: true, why: 'nothing expires' },
  ])('begins a file of ten days ago with expire "$expire": $isRead', async ({ expire, isRead }) => {
    const path = join(dir, 'a.log');
    await writeFile(path, 'old\n');
    const thenS = Date.now() / 1000 - 10 * 24 * 3600;
    await utimes(path, thenS, thenS);
    const following = follow('*.log', { options: { expire } });

    expect(await following.rest()).toBe(isRead ? 'old\n' : '');
  });

  it('goes on with an expired file whose position is known', async () => {
    const path = join(dir, 'a.log');
    await writeFile(path, 'one\n');
    const first = follow('*.log');
    await first.lines(1);
    const positions = await first.stop();
    await appendFile(path, 'two\n');
    await utimes(path, 1000, 1000);

    expect(await follow('*.log', { positions }).lines(1)).toBe('two\n');
  });

  it('does not spin when told to look for files all the time', async () => {
    await writeFile(join(dir, 'a.log'), 'one\n');
    const following = follow('*.log', { options: { stat_interval: '0s' } });

    await following.rest();
    expect(following.text).toBe('one\n');
  });

  it('gives every file its turn', async () => {
    const lines = 20;
    for (const name of ['a', 'b', 'c']) {
      await writeFile(join(dir, name), `${name}\n`.repeat(lines));
    }
    const following = follow('*', { limits: { lines: 1 } });
    const text = await following.lines(3 * lines);

    for (let turn = 0; turn < lines; turn += 1) {
      expect(sorted(text.slice(turn * 6, turn * 6 + 6))).toEqual(['a', 'b', 'c']);
    }
  });

  it('reads a file once that has two names', async () => {
    await writeFile(join(dir, 'a.log'), 'one\n');
    await link(join(dir, 'a.log'), join(dir, 'b.log'));
    const following = follow('*.log');
    await following.rest();
    await appendFile(join(dir, 'b.log'), 'two\n');

    await following.lines(2);
    expect(await following.rest()).toBe('one\ntwo\n');
  });

  it('drains a file that is renamed out of the pattern before its successor is read', async () => {
    const path = join(dir, 'a.log');
    await writeFile(path, 'one\n');
    const following = follow('*.log', { limits: { lines: 1 } });
    await following.lines(1);
    await appendFile(path, 'two\nthree\n');
    await rename(path, join(dir, 'a.old'));
    await writeFile(path, 'four\n');

    expect(await following.lines(4)).toBe('one\ntwo\nthree\nfour\n');
  });

  it('finds a file that was renamed while it was closed', async () => {
    for (const name of ['a.log', 'b.log', 'c.log']) await writeFile(join(dir, name), `${name}\n`);
    const following = follow('*.log', { options: { max_open_files: '1' } });
    await following.lines(3);
    await following.rest();

    for (const name of ['a', 'b', 'c']) {
      await appendFile(join(dir, `${name}.log`), `${name} more\n`);
      await rename(join(dir, `${name}.log`), join(dir, `${name}.old`));
    }
    await following.lines(6);
    expect(sorted(await following.rest())).toEqual(
      ['a.log', 'b.log', 'c.log', 'a more', 'b more', 'c more'].sort(),
    );
  });

  it('reads only what comes after the start of a runner that begins with the newest', async () => {
    for (const name of ['a.log', 'b.log']) await writeFile(join(dir, name), 'old\n');
    const options = { read_from: 'newest' };
    const first = follow('*.log', { options });
    await first.until('both positions', () => first.positions.size === 2);
    await appendFile(join(dir, 'a.log'), 'a new\n');
    await first.lines(1);
    const positions = await first.stop();
    await appendFile(join(dir, 'b.log'), 'b new\n');

    expect(await follow('*.log', { options, positions }).lines(1)).toBe('b new\n');
  });

  // Only Linux has a file at hand that opens and then fails to be read, for any user.
  it.runIf(process.platform === 'linux')(
    'reads the others when one file cannot be read, says why, and forgets it with the file',
    async () => {
      await symlink('/proc/self/mem', join(dir, 'bad.log'));
      await writeFile(join(dir, 'good.log'), 'good\n');
      const following = follow('*.log');

      expect(await following.lines(1)).toBe('good\n');
      await following.rest();
      expect(following.reader.trouble()).toBe(`cannot read ${join(dir, 'bad.log')}: i/o error`);

      await rm(join(dir, 'bad.log'));
      await following.until('no trouble', () => following.reader.trouble() === null);
    },
  );

  it('says that nothing matches', async () => {
    const following = follow('*.log');
    await following.rest();

    expect(following.reader.trouble()).toBe(`waiting for files that match ${join(dir, '*.log')}`);
  });

  it.each([
    { log_path: '/var/log/*.log', fixed: '/var/log' },
    { log_path: '/var/log/app-*/x.log', fixed: '/var/log' },
    { log_path: '/*', fixed: '/' },
    { log_path: '/var/log/{a,b}.log', fixed: '/var/log' },
    { log_path: '/var/log/a.log', fixed: '/var/log/a.log' },
  ])('asks to read $fixed for $log_path', ({ log_path, fixed }) => {
    expect(tailxReader.configure({ log_path }).readPaths()).toEqual([fixed]);
  });

  it('leaves out the first line of each file, also where that is finished late or written anew', async () => {
    await writeFile(join(dir, 'a.log'), 'head\none\n');
    await writeFile(join(dir, 'b.log'), 'he');
    const options = { skip_first_line: 'true' };
    const following = follow('*.log', { options });
    await following.lines(1);
    await appendFile(join(dir, 'b.log'), 'ad\ntwo\n');
    await following.lines(2);
    const positions = await following.stop();
    const again = follow('*.log', { options, positions });
    await writeFile(join(dir, 'a.log'), 'x\n3\n');

    expect(await again.lines(1)).toBe('3\n');
    expect(following.text).toBe('one\ntwo\n');
  });

  it('sees within two looks at its paths that a file at rest for minutes has grown', async () => {
    const path = join(dir, 'a.log');
    await writeFile(path, 'one\n');
    const following = follow('*.log');
    await following.lines(1);
    const { clock } = following;
    const restedMs = clock.now() + 5 * 60_000;
    await following.until('the rest', () => clock.now() > restedMs);

    appendFileSync(path, 'two\n');
    const grownMs = clock.now();
    await following.lines(2);
    expect(clock.now() - grownMs).toBeLessThanOrEqual(2_000);
  });

  it('ends when its signal aborts in the middle of a sleep', async () => {
    await writeFile(join(dir, 'a.log'), 'one\n');
    const clock = new FakeClock(Date.now());
    const stop = new AbortController();
    const reader = tailxReader
      .configure({ log_path: join(dir, '*.log') })
      .open(
        { positions: new Map(), sealed: new Map(), limits: LIMITS, signal: stop.signal },
        pluginContext({ clock }),
      );
    const batches = reader.batches[Symbol.asyncIterator]();
    await batches.next();
    await batches.next();

    const next = batches.next();
    await waitFor('the sleep', () => clock.sleepers > 0);
    const aborted = once(stop.signal, 'abort');
    stop.abort();
    await aborted;
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
