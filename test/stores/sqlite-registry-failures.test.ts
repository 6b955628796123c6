import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlitePartitionStore } from '../../shared/stores/partitions/sqlite/sqlite-partition-store.ts';
import type { RegistryStore } from '../../shared/stores/registry/registry-store.ts';
import { openSqliteRegistryStore } from '../../shared/stores/registry/sqlite/sqlite-registry-store.ts';
import { change, event, expiry, instance, LONG_MS } from './registry-contract/registry-bench.ts';

const WRITER = join(import.meta.dirname, '../support/registry-writer.process.ts');

describe('what goes wrong with a registry in a SQLite file', () => {
  let dir: string;
  let path: string;
  const opened: RegistryStore[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'registry-'));
    path = join(dir, 'r.db');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await rm(dir, { recursive: true, force: true });
  });

  async function open(graceMs = LONG_MS): Promise<RegistryStore> {
    const store = await openSqliteRegistryStore({ path, prefix: '/test', graceMs });
    opened.push(store);
    return store;
  }

  /** Changes the file behind the back of the store. */
  function meddle(sql: string): void {
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
  }

  /** Instances that a process has registered and renewed as far as it has said, until its end. */
  async function written(child: ChildProcess, isEnough: (said: number) => boolean) {
    if (child.stdout === null) throw new Error('the writer cannot be heard');
    const said: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      said.push(line);
      if (isEnough(said.length)) child.kill('SIGKILL');
    }
    return said;
  }

  it('loses nothing that it has acknowledged when its process is killed', async () => {
    const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = once(child, 'exit');
    const said = await written(child, (count) => count === 50);
    await gone;
    const store = await open();

    const ids = said.map((nth) => `web-${nth}`);
    expect(ids.length).toBeGreaterThanOrEqual(50);
    const found = await store.find(ids);
    expect(found.map((each) => each?.record.id)).toEqual(ids);
    expect(found.filter((each) => (each?.lease?.leftMs ?? 0) > 1)).toHaveLength(ids.length);
    expect(await store.history('web-7')).toEqual([event('the one of 7')]);
    const [last] = (await store.list({ service: 'web', after: '', limit: 1_000 })).toSorted(
      (a, b) => b.revision - a.revision,
    );
    expect(await store.revision()).toBe(last?.revision);
  });

  it('says that the disk is full, and keeps what it has acknowledged', async () => {
    // Files of that process may have 2 MiB, and it is told rather than killed for more.
    const shell = `trap '' XFSZ; ulimit -f 2000; exec "$0" "$@"`;
    const child = spawn('bash', ['-c', shell, process.execPath, WRITER, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await written(child, () => false);
    const store = await open();

    expect(said.at(-1)).toBe('unavailable');
    expect(said.length).toBeGreaterThan(10);
    const ids = said.slice(0, -1).map((nth) => `web-${nth}`);
    expect((await store.find(ids)).every((each) => each !== null)).toBe(true);
  });

  it('is not opened where there is no folder, on what is no database, and by an older version', async () => {
    const there = join(dir, 'none', 'r.db');
    const opening = openSqliteRegistryStore({ path: there, prefix: '/test', graceMs: 1 });
    await expect(opening).rejects.toMatchObject({ kind: 'unavailable' });

    await writeFile(path, 'not a database at all, and longer than its header would be '.repeat(9));
    await expect(open()).rejects.toMatchObject({ kind: 'invalid' });
    await rm(path);
    await (await open()).close();
    meddle('UPDATE registry_schema SET version = 99');
    await expect(open()).rejects.toThrow(/newer logkit-fleet \(schema 99/);
  });

  it('is another registry when its file was deleted, and knows nothing of what was before', async () => {
    const store = await open();
    await store.write([change(instance('web-1'))]);
    const before = await store.revision();
    const epoch = (await store.own('a', LONG_MS)) ?? 0;
    await Promise.all(['', '-wal', '-shm'].map((end) => rm(`${path}${end}`, { force: true })));

    expect(await store.find(['web-1'])).toEqual([null]);
    expect(await store.renew(['web-1'], LONG_MS)).toEqual(['unknown']);
    expect(await store.changesSince(before, 10)).toBeNull();
    expect(await store.revision()).toBeGreaterThan(before);
    const fenced = { ...change(instance('web-1')), fence: { epoch, isOverdue: false } };
    expect(await store.write([fenced])).toMatchObject([{ why: 'fenced' }]);
    expect(await store.write([change(instance('web-1'))])).toMatchObject([{ isDone: true }]);
    expect(await store.own('a', LONG_MS)).toBeGreaterThan(epoch);
  });

  it('says that it cannot be asked while its folder is gone', async () => {
    const store = await open();
    await rm(dir, { recursive: true });

    await expect(store.renew(['web-1'], LONG_MS)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('lets leases begin anew when the host was started anew, and the turn be free', async () => {
    const store = await open();
    await store.write([change(instance('web-1')), change(instance('web-2'))]);
    await store.renew(['web-2'], 10 * LONG_MS);
    const [revision, epoch] = [await store.revision(), (await store.own('a', LONG_MS)) ?? 0];
    await store.close();
    // Its monotonic clock is far behind then.
    meddle(`UPDATE registries SET boot = 'another'; UPDATE registry_leases SET "until" = 1e15`);
    const again = await open(2 * LONG_MS);

    const left = (await again.find(['web-1', 'web-2'])).map((each) => each?.lease?.leftMs ?? 0);
    expect(left[0]).toBeGreaterThan(LONG_MS);
    expect(left[0]).toBeLessThanOrEqual(2 * LONG_MS);
    expect(left[1]).toBeGreaterThan(2 * LONG_MS);
    expect(left[1]).toBeLessThanOrEqual(10 * LONG_MS);
    expect(await again.changesSince(revision, 10)).toBeNull();
    expect(await again.own('b', LONG_MS)).toBeGreaterThan(epoch);
  });

  it('sums up what was said of leases, and others go on with what it came to', async () => {
    const [store, other] = [await open(), await open()];
    const ids = Array.from({ length: 500 }, (_, nth) => `web-${nth}`);
    await store.write(ids.map((id) => ({ ...change(instance(id)), lease: { ttlMs: 1 } })));
    await other.renew(['web-0'], LONG_MS);
    const some = ids.slice(100);
    for (let round = 0; round < 40; round += 1) await store.renew(some, LONG_MS);

    const db = new DatabaseSync(path);
    const said = db
      .prepare('SELECT sum(json_array_length(ids)) AS said FROM registry_leases')
      .get();
    db.close();
    expect(Number(said?.['said'])).toBeLessThan(12_000);
    expect(await other.overdue(1_000)).toMatchObject({ ended: 99, leases: 500 });
    const [there] = await other.find(['web-1']);
    if (there == null) throw new Error('it is not there');
    await other.write([expiry(there, undefined)]);
    expect(await store.overdue(1_000)).toMatchObject({ ended: 98, leases: 499 });
    expect(await (await open()).overdue(1_000)).toMatchObject({ ended: 98, leases: 499 });
  });

  it('fails only who asked for what cannot be, of those who asked at once', async () => {
    const store = await open();
    meddle(`CREATE TRIGGER poison BEFORE INSERT ON registry_instances WHEN NEW.id = 'web-bad'
      BEGIN SELECT RAISE(ABORT, 'poisoned'); END`);
    const asked = ['web-1', 'web-bad', 'web-2'].map((id) => store.write([change(instance(id))]));
    const renewed = store.renew(['web-1'], LONG_MS);
    const outcomes = await Promise.allSettled(asked);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await renewed).toEqual(['renewed']);
    expect(await store.find(['web-bad'])).toEqual([null]);
    expect(await store.overdue(10)).toEqual({ ids: [], ended: 0, leases: 2 });
  });

  it('shares its file with partitions, whichever was there first', async () => {
    const partitions = () => openSqlitePartitionStore({ path, namespace: 'work' });
    const registry = await open();
    const first = await partitions();
    await registry.write([change(instance('web-1'))]);
    await first.create([{ id: 1, min: 1n, max: 9n, options: {}, priority: 0 }]);
    await Promise.all([first.close(), registry.close()]);
    const [again, second] = [await open(), await partitions()];

    expect(await second.counts()).toMatchObject({ pending: 1 });
    expect(await again.find(['web-1'])).toMatchObject([{ record: { id: 'web-1' } }]);
    await second.close();
  });

  it('waits at its end for what was asked, and is not asked any more', async () => {
    const store = await open();
    const asked = store.write([change(instance('web-1'))]);
    await store.close();
    await store.close();

    expect(await asked).toMatchObject([{ isDone: true }]);
    await expect(store.revision()).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
