import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following } from '../../../test/support/following.ts';
import { fileReader } from './file.ts';

describe('a reader of files with a run_time', () => {
  let dir: string;
  let path: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'run-time-'));
    path = join(dir, 'app.log');
  });
  afterEach(() => rm(dir, { recursive: true }));

  /** From `hours` hours from now on, for an hour. */
  function runTime(hours: number) {
    const hour = (new Date().getHours() + hours) % 24;
    return { hour, run_time: `${hour}-${(hour + 1) % 24}` };
  }

  it('reads only then, and loses nothing that was rotated before', async () => {
    const { hour, run_time } = runTime(2);
    await writeFile(path, 'one\n');
    const following = new Following(fileReader, { log_path: path, run_time });
    await following.until('a look at the file', () => following.clock.sleeps > 2);
    const wasResting = following.reader.isResting?.();
    await appendFile(path, 'two\n');
    await rename(path, `${path}.1`);
    await writeFile(path, 'three\n');

    expect(await following.lines(3)).toBe('one\ntwo\nthree\n');
    expect(wasResting).toBe(true);
    expect(new Date(following.clock.now()).getHours()).toBe(hour);
    await following.stop();
  });

  it('refuses what is no part of a day', () => {
    expect(() => fileReader.configure({ log_path: path, run_time: 'night' })).toThrow(
      'reader file: run_time: must be two times of a day such as "22-23" or "22:30-4:15"',
    );
  });
});
