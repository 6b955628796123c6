import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileFollowings } from '../../../test/support/file-followings.ts';
import type { Following } from '../../../test/support/following.ts';

describe('that a file was written anew', () => {
  let dir: string;
  let path: string;
  let followings: FileFollowings;

  beforeEach(async () => {
    followings = await FileFollowings.in('anew-');
    dir = followings.dir;
    path = join(dir, 'app.log');
  });

  afterEach(() => followings.end());

  function follow(positions?: ReadonlyMap<string, unknown>): Following {
    return followings.follow(path, positions);
  }

  it('is seen after a stop though the file begins as before and is longer by now', async () => {
    const same = 'the same beginning\n'.repeat(100);
    await writeFile(path, `${same}old\n`);
    const first = follow();
    await first.lines(101);
    const positions = await first.stop();
    await truncate(path);
    await appendFile(path, `${same}new\nmore\n`);

    expect(await follow(positions).lines(102)).toBe(`${same}new\nmore\n`);
  });

  it('is not seen where a file was only continued', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('');
    await writeFile(path, many);
    const first = follow();
    await first.lines(20_000);
    for (const word of ['one\n', 'two\n']) {
      await appendFile(path, word);
      await first.until(word, () => first.text.endsWith(word));
    }
    const positions = await first.stop();
    await appendFile(path, 'more\n');

    expect(await follow(positions).lines(1)).toBe('more\n');
  });
});
