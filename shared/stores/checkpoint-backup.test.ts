import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUpCheckpoints, restoreCheckpoints } from './checkpoint-backup.ts';
import { readCheckpoints } from './checkpoint-snapshot.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { openSqliteCheckpointStore } from './sqlite-checkpoint-store.ts';

let dir: string;
let path: string;
let copy: string;
let keepAs: string;
let store: CheckpointStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'backup-'));
  [path, copy, keepAs] = ['checkpoints.db', 'copy.db', 'kept.db'].map((name) =>
    join(dir, name),
  ) as [string, string, string];
  store = await openSqliteCheckpointStore({ path });
  await commit(1);
});

afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

function commit(offset: number): Promise<void> {
  const source = { id: 's', position: { offset } };
  return store.commit({ runner: 'r', source, sinks: [], totals: null });
}

const offsetIn = (file: string) => readCheckpoints(file, 'r').positions.get('s');

describe('a backup of checkpoints', () => {
  it('is made beside a store at work, and holds what was committed by then', async () => {
    await backUpCheckpoints({ from: path, to: copy });
    await commit(2);

    expect(offsetIn(copy)).toEqual({ offset: 1 });
    expect(offsetIn(path)).toEqual({ offset: 2 });
    expect((await readdir(dir)).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('is made of a store that is closed', async () => {
    await store.close();
    await backUpCheckpoints({ from: path, to: copy });

    expect(offsetIn(copy)).toEqual({ offset: 1 });
  });

  it('replaces no file', async () => {
    await writeFile(copy, 'mine');

    await expect(backUpCheckpoints({ from: path, to: copy })).rejects.toMatchObject({
      kind: 'conflict',
      message: `${copy} is there already; name a new file`,
    });
    expect(await readFile(copy, 'utf8')).toBe('mine');
  });

  it('is restored, and what was there before is kept whole beside it', async () => {
    await backUpCheckpoints({ from: path, to: copy });
    await commit(2);
    await store.close();

    expect(await restoreCheckpoints({ backup: copy, path, keepAs })).toBe(true);

    expect(offsetIn(path)).toEqual({ offset: 1 });
    expect(offsetIn(keepAs)).toEqual({ offset: 2 });
  });

  it('is restored in the place of a damaged file, whose pieces are kept', async () => {
    await backUpCheckpoints({ from: path, to: copy });
    await store.close();
    await writeFile(path, 'no database at all, not any more');

    await restoreCheckpoints({ backup: copy, path, keepAs });

    expect(offsetIn(path)).toEqual({ offset: 1 });
    expect(await readFile(keepAs, 'utf8')).toContain('no database');
  });

  it('is restored where there was nothing', async () => {
    await backUpCheckpoints({ from: path, to: copy });
    await store.close();
    await rm(path);

    expect(await restoreCheckpoints({ backup: copy, path, keepAs })).toBe(false);
    expect(offsetIn(path)).toEqual({ offset: 1 });
  });

  it.each([
    { what: 'no database', spoil: (file: string) => writeFile(file, 'x'.repeat(5_000)) },
    { what: 'of a newer version', spoil: (file: string) => run(file, 'PRAGMA user_version = 99') },
    { what: 'another database', spoil: (file: string) => run(file, 'CREATE TABLE t (a)') },
    { what: 'not there', spoil: () => Promise.resolve() },
  ])('is refused when it is $what, and nothing has changed', async ({ spoil }) => {
    await spoil(copy);
    await store.close();
    const before = await readFile(path);

    await expect(restoreCheckpoints({ backup: copy, path, keepAs })).rejects.toMatchObject({
      kind: expect.stringMatching(/invalid|not_found/) as unknown,
      message: expect.stringContaining(copy) as unknown,
    });
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(dir)).not.toContain('kept.db');
  });
});

function run(file: string, sql: string): Promise<void> {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
  return Promise.resolve();
}

describe('moves', () => {
  it('are kept with the positions they lead to, until the source is forgotten', async () => {
    const move = { source: 's', generation: 0, from: 1, to: 9, atMs: 5 };
    const moved = [{ move, position: { offset: 9 } }];
    await store.commit({ runner: 'r', moved, sinks: [], totals: null });

    expect(readCheckpoints(path, 'r')).toMatchObject({ moves: [move] });
    expect(offsetIn(path)).toEqual({ offset: 9 });

    await store.commit({ runner: 'r', forgetSources: ['s'], sinks: [], totals: null });
    expect(readCheckpoints(path, 'r').moves).toEqual([]);
  });
});
