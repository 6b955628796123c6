import {
  appendFile,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReaderPlugin } from '../agent/plugins/plugin.ts';
import { dirReader } from '../agent/plugins/readers/dir.ts';
import { fileReader } from '../agent/plugins/readers/file.ts';
import { tailxReader } from '../agent/plugins/readers/tailx.ts';
import type { PluginOptions } from '../shared/domain/runner-config.ts';
import { Following } from './support/following.ts';
import { garbageCollector } from './support/garbage-collector.ts';

/** More than a tick of the coarsest clock that the kernel takes the times of files from. */
const CLOCK_TICK_MS = 25;

/** Of a file that unpacks to twice as much. */
const KEPT_MAX = 20 * 1024 * 1024;

/** Lines that compress badly, so that a compressed file of them has several blocks. */
function manyLines(count: number): string {
  let seed = 1;
  const line = (_: unknown, i: number): string => {
    seed = (seed * 48_271) % 2_147_483_647;
    return `${i} ${seed.toString(36)}${(seed * 7919).toString(36)}\n`;
  };
  return Array.from({ length: count }, line).join('');
}

describe('readers and gzip', () => {
  let dir: string;
  let path: string;
  let open: Following[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'gzip-'));
    path = join(dir, 'app.log');
    open = [];
  });

  afterEach(async () => {
    await Promise.all(open.map((following) => following.stop()));
    await rm(dir, { recursive: true });
  });

  function follow(
    reader: ReaderPlugin,
    positions: ReadonlyMap<string, unknown> = new Map(),
    options: PluginOptions = {},
  ): Following {
    const log_path = reader === fileReader ? path : reader === dirReader ? dir : join(dir, 'app*');
    const following = new Following(reader, { log_path, ...options }, { positions });
    open.push(following);
    return following;
  }

  /** What gzip does: the copy has the time of the original, which goes once the copy is whole. */
  async function compress(from: string, to = `${from}.gz`): Promise<void> {
    const { atime, mtime } = await stat(from);
    await writeFile(to, gzipSync(await readFile(from)));
    await utimes(to, atime, mtime);
    await rm(from);
  }

  it.each([
    { what: 'one member', packed: [gzipSync('one\ntwo\n')] },
    { what: 'several members', packed: [gzipSync('one\n'), gzipSync('tw'), gzipSync('o\n')] },
    { what: 'no last line break', packed: [gzipSync('one\ntwo')] },
  ])('read a compressed file of $what, and not again after a restart', async ({ packed }) => {
    await writeFile(`${path}.gz`, Buffer.concat(packed));
    const first = follow(tailxReader);
    expect(await first.lines(2)).toBe('one\ntwo\n');
    await first.rest();

    const second = follow(tailxReader, await first.stop());
    expect(await second.rest()).toBe('');
  });

  it('go on inside a compressed file after a restart', async () => {
    const text = manyLines(20_000);
    await writeFile(`${path}.gz`, gzipSync(text));
    const first = follow(dirReader);
    await first.until('a part', () => first.full.length > 0);
    const [part] = first.full;
    await first.stop();
    const positions = new Map([[part?.source ?? '', part?.position]]);

    const second = follow(dirReader, positions);
    const all = () => (part?.bytes.toString() ?? '') + second.text;
    await second.until('all', () => all().length >= text.length);
    expect(all() === text).toBe(true);
  });

  it('keep little in memory of a file that unpacks to much', async () => {
    const line = `${'x'.repeat(99)}\n`;
    await writeFile(`${path}.gz`, gzipSync(line.repeat(400_000)));
    const collectGarbage = garbageCollector();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const following = follow(tailxReader);
    await following.until('the end', () => {
      // Only what is kept counts: what is garbage already may lie there for a while.
      if (process.memoryUsage().arrayBuffers - before > KEPT_MAX / 2) collectGarbage();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      for (const batch of following.batches.splice(0)) batch.release?.();
      return following.reader.lag().bytes === 0 && [...following.positions.values()].some(isDone);
    });

    expect(most).toBeLessThan(KEPT_MAX);
  });

  it('wait for the rest of a file that is still being compressed', async () => {
    const text = manyLines(5000);
    const packed = gzipSync(text);
    await writeFile(`${path}.gz`, packed.subarray(0, packed.length - 20_000));
    const following = follow(tailxReader);
    await following.until('a part', () => following.full.length > 0);
    await following.rest();
    expect(text.startsWith(following.text)).toBe(true);
    expect(following.reader.trouble()).toMatch(/ends too soon; waiting for the rest/);

    await appendFile(`${path}.gz`, packed.subarray(packed.length - 20_000));
    expect((await following.lines(5000)) === text).toBe(true);
    await following.until('no trouble', () => following.reader.trouble() === null);
  });

  it('say where a file is damaged, and go on with the others', async () => {
    const text = manyLines(20_000);
    const packed = gzipSync(text);
    const middle = Math.floor(packed.length / 2);
    packed.fill(0xff, middle, middle + 100);
    await writeFile(`${path}.1.gz`, packed);
    await writeFile(path, 'fine\n');
    const following = follow(dirReader);
    await following.until('the other file', () => following.text.includes('fine\n'));

    await following.until('trouble', () => following.reader.trouble() !== null);
    expect(following.reader.trouble()).toMatch(/app\.log\.1\.gz: .*damaged behind byte \d+/);
    const unpacked = following.text.replace('fine\n', '');
    // Around the damage itself there may be wrong bytes.
    const sound = Math.floor(text.length / 4);
    expect(unpacked.slice(0, sound) === text.slice(0, sound)).toBe(true);
  });

  describe.each([
    { name: 'file', reader: fileReader },
    { name: 'dir', reader: dirReader },
    { name: 'tailx', reader: tailxReader },
  ])('in mode $name, when rotation compresses', ({ reader }) => {
    it('know a file again whose time was kept in whole seconds', async () => {
      await writeFile(path, 'one\n');
      const following = follow(reader);
      await following.lines(1);
      const { birthtimeMs } = await stat(path);
      await rename(path, `${path}.1`);
      await writeFile(path, 'two\n');
      await following.lines(2);
      await compress(`${path}.1`);
      const seconds = Math.floor(birthtimeMs / 1_000);
      await utimes(`${path}.1.gz`, seconds, seconds);

      expect(await following.rest(400)).toBe('one\ntwo\n');
    });

    it('lose and double nothing of a file read to its end', async () => {
      await writeFile(path, 'one\ntwo\n');
      const following = follow(reader);
      await following.lines(2);
      await rename(path, `${path}.1`);
      await writeFile(path, 'three\n');
      await following.lines(3);
      await compress(`${path}.1`);
      await following.rest();
      await appendFile(path, 'four\n');

      await following.lines(4);
      expect(await following.rest(400)).toBe('one\ntwo\nthree\nfour\n');
      const positions = await following.stop();
      expect(await follow(reader, positions).rest()).toBe('');
    });

    it('go on at the same byte after it was rotated and compressed while down', async () => {
      await writeFile(path, 'one\ntwo\n');
      const first = follow(reader);
      await first.lines(2);
      const positions = await first.stop();
      await appendFile(path, 'three\nfour\n');
      await compress(path, `${path}.1.gz`);
      await writeFile(path, 'five\n');

      const second = follow(reader, positions);
      expect(await second.lines(3)).toBe('three\nfour\nfive\n');
      expect(second.full[0]?.source).toBe(first.full[0]?.source);
      expect(second.full[0]?.range).toMatchObject({ start: 8, end: 19 });
      expect(await second.rest()).toBe('three\nfour\nfive\n');
    });

    it('make up for several rotations while down, compressed and not', async () => {
      await writeFile(path, 'one\n');
      const first = follow(reader);
      await first.lines(1);
      const positions = await first.stop();
      await appendFile(path, 'two\n');
      for (const [index, line] of ['three\n', 'four\n', 'five\n'].entries()) {
        const rotated = `${path}.${3 - index}`;
        await rename(path, rotated);
        if (index < 2) await compress(rotated);
        // Files are born in the order of the rotations, also by a coarse clock.
        await delay(CLOCK_TICK_MS);
        await writeFile(path, line);
      }

      const second = follow(reader, positions);
      const inOrder = 'two\nthree\nfour\nfive\n';
      // Files of a pattern have fair turns.
      const asRead = (text: string) => (reader === tailxReader ? sorted(text) : text);
      expect(asRead(await second.lines(4))).toBe(asRead(inOrder));
      expect(asRead(await second.rest())).toBe(asRead(inOrder));
    });

    it('are not misled by another file with the same long beginning', async () => {
      const header = '# fields\n'.repeat(300);
      await writeFile(path, `${header}one\n`);
      const first = follow(reader);
      await first.lines(301);
      const positions = await first.stop();
      await rm(path);
      await writeFile(`${path}.1.gz`, gzipSync(`${header}another\nand one more\n`));
      await writeFile(path, 'end\n');

      const second = follow(reader, positions);
      await second.until('the end', () => second.text.includes('end\n'));
      await second.rest();
      expect(second.text).toContain('another\nand one more\n');
    });
  });

  describe('a compressed file that is written anew in place while nobody looks', () => {
    it.each([
      { text: 'three\nfour\nfive\n', why: 'of another size' },
      { text: 'owt\nenoX\n', why: 'of the same size' },
      { text: `${'#'.repeat(2000)}\nother\n`, why: 'with the same long beginning' },
    ])('is read as another file: $why', async ({ text }) => {
      const before = text.startsWith('#') ? `${'#'.repeat(2000)}\nfirst\n` : 'one\ntwoX\n';
      const packed = `${path}.gz`;
      await writeFile(packed, stored(before));
      const first = follow(tailxReader);
      await first.lines(2);
      await first.rest();
      const positions = await first.stop();
      const { ino } = await stat(packed);

      await writeFile(packed, stored(text));
      const second = follow(tailxReader, positions);

      expect(await second.rest()).toBe(text);
      expect((await stat(packed)).ino).toBe(ino);
    });

    it('is read on as what was plain text before', async () => {
      const packed = `${path}.1.gz`;
      await writeFile(path, 'one\ntwo\n');
      const first = follow(fileReader);
      await first.lines(2);
      const before = await first.stop();
      await writeFile(packed, gzipSync('one\ntwo\n'));
      await rm(path);
      await writeFile(path, 'three\nfour\n');
      const second = follow(fileReader, before);
      expect(await second.lines(2)).toBe('three\nfour\n');
      await second.rest();
      const positions = await second.stop();
      expect([...positions.values()]).toHaveLength(2);

      await appendFile(path, 'five\n');
      await writeFile(packed, gzipSync('three\nfour\nfive\n'));
      await rm(path);
      await writeFile(path, 'six\n');
      const third = follow(fileReader, positions);

      expect(await third.lines(2)).toBe('five\nsix\n');
      expect(await third.rest()).toBe('five\nsix\n');
    });

    it('is read anew while it is followed', async () => {
      const packed = `${path}.gz`;
      await writeFile(packed, stored('one\ntwo\n'));
      const following = follow(tailxReader);
      await following.lines(2);
      await following.rest();

      await writeFile(packed, stored('six\nten\n'));

      expect(await following.lines(4)).toBe('one\ntwo\nsix\nten\n');
    });

    /** Not compressed, so that texts of the same length make files of the same size. */
    function stored(text: string): Buffer {
      return gzipSync(text, { level: 0 });
    }
  });

  it('do not read a copy that is being made of a file they follow', async () => {
    await writeFile(path, 'one\ntwo\n');
    const following = follow(dirReader);
    await following.lines(2);
    await writeFile(`${path}.gz`, gzipSync('one\ntwo\n'));
    await following.rest();
    await rm(path);
    await following.rest();

    expect(following.text).toBe('one\ntwo\n');
  });
});

function sorted(text: string): string {
  return text.split('\n').sort().join('\n');
}

function isDone(position: unknown): boolean {
  return Object.assign({ packed: 0 }, position).packed > 0;
}
