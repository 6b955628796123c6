import { appendFile, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../test/support/following.ts';
import { HastyClock } from '../../../test/support/hasty-clock.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import type { Reader, SourceBatch } from '../plugin.ts';
import { fileReader } from './file.ts';

describe('fileReader that is not asked for batches', () => {
  let dir: string;
  let path: string;
  let stop: AbortController;
  let batches: AsyncIterator<SourceBatch>;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'losing-'));
    path = join(dir, 'app.log');
    stop = new AbortController();
    await writeFile(path, 'one\ntwo\n');
  });

  afterEach(async () => {
    stop.abort();
    await batches.return?.();
    await rm(dir, { recursive: true });
  });

  /** A reader that has handed out the first line of two. */
  async function started(options: Record<string, string> = {}): Promise<Reader> {
    const limits = { ...LIMITS, lines: 1 };
    const reader = fileReader
      .configure({ log_path: path, ...options })
      .open(
        { positions: new Map(), sealed: new Map(), limits, signal: stop.signal },
        pluginContext({ clock: new HastyClock() }),
      );
    batches = reader.batches[Symbol.asyncIterator]();
    await batches.next();
    await batches.next();
    return reader;
  }

  it.each([
    { after: 'nothing', change: () => Promise.resolve(), isLosing: false },
    { after: 'growth', change: () => appendFile(path, 'three\n'), isLosing: false },
    { after: 'a rotation', change: () => rename(path, `${path}.1`), isLosing: true },
    { after: 'a deletion', change: () => unlink(path), isLosing: true },
  ])('is losing after $after: $isLosing', async ({ change, isLosing }) => {
    const reader = await started();
    await change();

    expect(await reader.isLosing?.()).toBe(isLosing);
    expect(await reader.isLosing?.()).toBe(isLosing);
  });

  it('is losing when lines came unseen before the rotation, and not once they are read', async () => {
    const reader = await started();
    await batches.next();
    await appendFile(path, 'three\n');
    await rename(path, `${path}.1`);
    await writeFile(path, 'new\n');
    expect(await reader.isLosing?.()).toBe(true);

    await batches.next();
    expect(await reader.isLosing?.()).toBe(false);
  });

  it('may be asked while it looks for lines itself', async () => {
    const reader = await started();
    await batches.next();
    await appendFile(path, 'three\n');
    await rename(path, `${path}.1`);
    await writeFile(path, 'new\n');
    const next = batches.next();
    const answers = await Promise.all(Array.from({ length: 50 }, async () => reader.isLosing?.()));

    expect(answers.every((answer) => typeof answer === 'boolean')).toBe(true);
    expect((await next).value.bytes.toString()).toBe('three\n');
  });
});
