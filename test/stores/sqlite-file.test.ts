import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';

const OPENERS = 6;
/** Of so many files SQLite refuses several, when nobody has patience. */
const FILES = 100;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sqlite-file-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('lets several make a new file ready at the same moment', async () => {
  const arrived = new Int32Array(new SharedArrayBuffer(FILES * Int32Array.BYTES_PER_ELEMENT));
  const url = new URL('../support/sqlite-opener.process.ts', import.meta.url);
  const told = Array.from({ length: OPENERS }, async () => {
    const worker = new Worker(url, { workerData: { dir, openers: OPENERS, arrived } });
    const [failures]: readonly unknown[] = await once(worker, 'message');
    return failures;
  });
  expect(await Promise.all(told)).toEqual(Array.from({ length: OPENERS }, () => []));
});
