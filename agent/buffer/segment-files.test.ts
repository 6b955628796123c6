import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SegmentFiles } from './segment-files.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'segments-'));
});

afterEach(() => rm(dir, { recursive: true }));

describe('segment files', () => {
  it.each([true, false])('give back what was appended to them, synced: %s', async (isSynced) => {
    const files = new SegmentFiles(join(dir, 'runner', 'sender'), 6);
    const texts = ['one\n', 'two\n', 'three\n'];
    const places = [];
    for (const text of texts) places.push(await files.append(Buffer.from(text), isSynced));

    expect(places).toEqual([
      { segment: 1, at: 0 },
      { segment: 1, at: 4 },
      { segment: 2, at: 0 },
    ]);
    for (const [nth, place] of places.entries()) {
      const text = texts[nth] ?? '';
      expect((await files.read(place, text.length)).toString()).toBe(text);
    }
    await files.close();
  });

  it('are begun anew by each life, and dropped from below', async () => {
    for (let life = 0; life < 3; life += 1) {
      const files = new SegmentFiles(dir, 100);
      await files.append(Buffer.from('x'), true);
      await files.close();
    }
    const files = new SegmentFiles(dir, 100);
    await files.dropBelow(3);

    expect(await readdir(dir)).toEqual(['3.seg']);
    await files.dropBelow(null);
    expect(await readdir(dir)).toEqual([]);
  });
});
