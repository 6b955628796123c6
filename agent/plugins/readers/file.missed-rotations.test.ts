import { appendFile, copyFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileFollowings } from '../../../test/support/file-followings.ts';
import { type Following, LIMITS } from '../../../test/support/following.ts';
import { HastyClock } from '../../../test/support/hasty-clock.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { FilePosition } from '../../tail/identity.ts';
import { fileReader } from './file.ts';

/** More than a tick of the coarsest clock that the kernel takes the times of files from. */
const CLOCK_TICK_MS = 25;

describe('fileReader: rotations that nobody saw', () => {
  let path: string;
  let followings: FileFollowings;

  beforeEach(async () => {
    followings = await FileFollowings.in('missed-');
    path = join(followings.dir, 'app.log');
  });

  afterEach(() => followings.end());

  function follow(positions?: ReadonlyMap<string, unknown>): Following {
    return followings.follow(path, positions);
  }

  async function rotate(text: string): Promise<void> {
    await rename(`${path}.2`, `${path}.3`).catch(() => undefined);
    await rename(`${path}.1`, `${path}.2`).catch(() => undefined);
    await rename(path, `${path}.1`);
    // Files are born in the order of the rotations, also by a coarse clock.
    await delay(CLOCK_TICK_MS);
    await writeFile(path, text);
  }

  it('are made up for after a stop, the oldest first', async () => {
    await writeFile(path, 'a\n');
    const first = follow();
    await first.lines(1);
    const positions = await first.stop();
    await appendFile(path, 'a2\n');
    for (const text of ['b\n', 'c\n', 'd\n']) await rotate(text);

    expect(await follow(positions).lines(4)).toBe('a2\nb\nc\nd\n');
  });

  it('are made up for though the file had no line yet, and its forerunner was moved', async () => {
    await writeFile(path, 'a\n');
    const first = follow();
    await first.lines(1);
    const positions = await first.stop();
    await rotate('');
    await appendFile(`${path}.1`, 'late\n');
    const second = follow(positions);
    await second.lines(1);
    const morePositions = await second.stop();
    await appendFile(path, 'b\n');
    await rotate('c\n');

    expect(await follow(morePositions).lines(2)).toBe('b\nc\n');
  });

  it('are made up for when the reader was not asked for long', async () => {
    await writeFile(path, 'a\n');
    const stop = new AbortController();
    const opening = {
      sealed: new Map(),
      positions: new Map(),
      limits: LIMITS,
      signal: stop.signal,
    };
    const reader = fileReader
      .configure({ log_path: path })
      .open(opening, pluginContext({ clock: new HastyClock() }));
    let text = '';
    for await (const batch of reader.batches) {
      if (batch.lines > 0 && text === '')
        for (const next of ['b\n', 'c\n', 'd\n']) await rotate(next);
      text += batch.bytes.toString();
      if (text.length === 8) stop.abort();
    }

    expect(text).toBe('a\nb\nc\nd\n');
  });

  it('are those since the youngest file that is known, and not since an older one', async () => {
    await writeFile(path, 'a\n');
    const first = follow();
    await first.lines(1);
    for (const text of ['b\n', 'c\n']) await rotate(text);
    await first.lines(3);
    const known = [...(await first.stop())];
    const { ino } = await stat(`${path}.1`);
    const withoutB = known.filter(([, at]) => FilePosition.parse(at).ino !== String(ino));
    expect(withoutB).toHaveLength(2);
    await rotate('d\n');

    for (const positions of [withoutB, withoutB.toReversed()]) {
      const second = follow(new Map(positions));
      await second.lines(1);
      expect(await second.rest()).toBe('d\n');
      await second.stop();
    }
  });

  it('are not seen in copies, in older files and in files of other names', async () => {
    await writeFile(`${path}.7`, 'older\n');
    await delay(CLOCK_TICK_MS);
    await writeFile(path, 'a\n');
    const following = follow();
    await following.lines(1);
    await copyFile(path, `${path}.8`);
    await writeFile(`${path}.err`, 'another log\n');
    await writeFile(`${path}.9.gz`, 'compressed\n');
    await rotate('b\n');

    await following.lines(2);
    expect(await following.rest()).toBe('a\nb\n');
  });
});
