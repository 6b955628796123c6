import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StageSweep } from './stage-sweep.ts';
import { StagedFiles } from './staged-files.ts';

const SIGNAL = { signal: new AbortController().signal, isSynced: false };

let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'staged-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const attempt = (token: number, partitionId = 12) =>
  new StagedFiles({ key: 'orders', partitionId, token }, true);

describe('what one attempt at a partition writes', () => {
  it('is seen when the partition was read whole, with what was taken back left out', async () => {
    const files = attempt(1);
    const path = join(dir, 'out', 'app.log');
    (await files.append(path, Buffer.from('one\n'), SIGNAL)).committed();
    await (await files.append(path, Buffer.from('taken back\n'), SIGNAL)).undo();
    (await files.append(path, Buffer.from('two\n'), SIGNAL)).committed();
    await (await files.append(path, Buffer.from('also taken back\n'), SIGNAL)).undo();
    expect(await readdir(join(dir, 'out'))).toEqual(['.app.log.orders.12.1.part']);

    await files.publish();

    expect(await readdir(join(dir, 'out'))).toEqual(['app.orders-12.log']);
    expect(await readFile(join(dir, 'out', 'app.orders-12.log'), 'utf8')).toBe('one\ntwo\n');
  });

  it('takes the place of what an earlier attempt has published', async () => {
    const path = join(dir, 'app');
    for (const [token, text] of [
      [1, 'first'],
      [2, 'second'],
    ] as const) {
      const files = attempt(token);
      await files.append(path, Buffer.from(text), SIGNAL);
      await files.publish();
    }

    expect(await readdir(dir)).toEqual(['app.orders-12']);
    expect(await readFile(join(dir, 'app.orders-12'), 'utf8')).toBe('second');
  });

  it('is gone when the attempt ends otherwise', async () => {
    const files = attempt(1);
    await files.append(join(dir, 'app.log'), Buffer.from('one\n'), SIGNAL);

    await files.discard();

    expect(await readdir(dir)).toEqual([]);
  });

  it('says which file it cannot write', async () => {
    await writeFile(join(dir, 'file'), '');

    await expect(
      attempt(1).append(join(dir, 'file', 'app.log'), Buffer.from('one\n'), SIGNAL),
    ).rejects.toThrow(/cannot write to .*app\.log/);
  });
});

describe('what attempts have left behind', () => {
  const of = (partition: number, token: number, key = 'orders') =>
    `.app.log.${key}.${partition}.${token}.part`;

  it('is removed when it is over, and of other attempts left alone', async () => {
    await mkdir(dir, { recursive: true });
    const kept = [of(3, 7), of(5, 9), of(1, 1, 'others'), 'app.orders-1.log'];
    for (const name of [of(1, 2), of(3, 6), of(5, 8), ...kept])
      await writeFile(join(dir, name), '');
    const tokens = new Map([
      [3, 7],
      [5, 9],
    ]);
    const sweep = new StageSweep('orders', {
      partition: async (id) => {
        const token = tokens.get(id);
        return token === undefined ? null : { token };
      },
    });

    await sweep.sweep(dir, { key: 'orders', partitionId: 5, token: 9 });

    expect((await readdir(dir)).toSorted()).toEqual(kept.toSorted());

    await sweep.sweep(dir, { key: 'orders', partitionId: 5, token: 10 });
    expect((await readdir(dir)).toSorted()).toEqual(
      kept.filter((name) => name !== of(5, 9)).toSorted(),
    );
  });
});
