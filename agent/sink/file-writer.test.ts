import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { FileWriter } from './file-writer.ts';

/** Each look at it takes as long as the disk would. */
class SlowClock extends FakeClock {
  stepMs = 0;

  override monotonicMs(): number {
    this.advance(this.stepMs);
    return super.monotonicMs();
  }
}

describe('FileWriter', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'writer-'));
    path = join(folder, 'out.log');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each([
    { disk: 'quick', stepMs: 0 },
    { disk: 'slow after some pieces', stepMs: 4 },
    { disk: 'slow at once', stepMs: 11 },
  ])('writes all of the bytes, in their order, to a disk that is $disk', async ({ stepMs }) => {
    const clock = new SlowClock(0);
    clock.stepMs = stepMs;
    await using handle = await open(path, 'a');
    const writer = await FileWriter.of(handle, path, clock);
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => `${i}\n`).join(''));

    await writer.write(bytes, 0);
    await writer.write(bytes, bytes.length);

    expect(await writer.size()).toBe(2 * bytes.length);
    expect((await readFile(path)).equals(Buffer.concat([bytes, bytes]))).toBe(true);
  });

  it('leaves a disk that was slow to other threads for a second', async () => {
    const clock = new SlowClock(0);
    await using handle = await open(path, 'a');
    const writer = await FileWriter.of(handle, path, clock);
    const wasQuick = writer.isQuick;
    clock.stepMs = 11;
    await writer.write(Buffer.alloc(16), 0);
    clock.stepMs = 0;

    expect(writer.isQuick).toBe(false);
    clock.advance(1_000);
    // Where the file system is not known to be local, it is never quick.
    expect(writer.isQuick).toBe(wasQuick);
  });
});
