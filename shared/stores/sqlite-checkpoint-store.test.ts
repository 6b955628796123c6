import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '../kernel/errors.ts';
import { workerUrl } from '../kernel/worker-url.ts';
import type { CheckpointRequest } from './checkpoint-engine.ts';
import type { CheckpointCommit, CheckpointStore } from './checkpoint-store.ts';
import { openSqliteCheckpointStore, SqliteCheckpointStore } from './sqlite-checkpoint-store.ts';
import { WorkerRpc } from './worker-rpc.ts';

const EPOCH = 'e1';
const SINK = { path: '/var/out.log', identity: '1:2', size: 2 ** 52 };
const COMMITTER = new URL('../../test/support/checkpoint-commit.process.ts', import.meta.url);

describe('openSqliteCheckpointStore', () => {
  let dir: string;
  let path: string;
  const opened: CheckpointStore[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'checkpoints-'));
    path = join(dir, 'checkpoints.db');
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await rm(dir, { recursive: true });
  });

  async function open(): Promise<CheckpointStore> {
    const store = await openSqliteCheckpointStore({ path });
    opened.push(store);
    return store;
  }

  function commitOf(source: string, position: unknown): CheckpointCommit {
    return { runner: 'r1', source: { id: source, position }, sinks: [], totals: null };
  }

  /** Makes the store refuse the sink /bad, the way a full disk would: after the other writes. */
  function poison(): void {
    const db = new DatabaseSync(path);
    db.exec(`CREATE TRIGGER poison BEFORE INSERT ON sinks WHEN NEW.path = '/bad'
      BEGIN SELECT RAISE(ABORT, 'poisoned'); END`);
    db.close();
  }

  it('knows nothing of a runner that never committed', async () => {
    const store = await open();

    expect(await store.load('r1', EPOCH)).toMatchObject({ positions: new Map(), totals: null });
    expect(await store.sink('/none')).toBeNull();
  });

  it('keeps positions, totals and sinks over a close and an open', async () => {
    const position = { inode: '17', offset: 2 ** 52, tail: ['日志', null] };
    const first = await open();
    await first.commit({
      runner: 'r1',
      source: { id: '8:17', position },
      sinks: [SINK],
      totals: { lines: 3 },
    });
    await first.close();

    const second = await open();

    expect(await second.load('r1', EPOCH)).toMatchObject({
      positions: new Map([['8:17', position]]),
      totals: { lines: 3 },
    });
    expect(await second.sink(SINK.path)).toEqual(SINK);
    expect(await second.load('r2', EPOCH)).toMatchObject({ positions: new Map(), totals: null });
  });

  it('replaces what was committed before, and drops sources that are gone', async () => {
    const store = await open();
    await store.commit(commitOf('old', 1));
    await store.commit(commitOf('new', 1));

    await store.commit({ ...commitOf('new', 2), forgetSources: ['old'], totals: 5 });
    await store.commit({ runner: 'r1', sinks: [], totals: 6 });

    expect(await store.load('r1', EPOCH)).toMatchObject({
      positions: new Map([['new', 2]]),
      totals: 6,
    });
  });

  it('forgets a runner but not its sinks', async () => {
    const store = await open();
    await store.commit({ ...commitOf('s', 1), sinks: [SINK] });

    await store.forget('r1');

    expect(await store.load('r1', EPOCH)).toMatchObject({ positions: new Map(), totals: null });
    expect(await store.sink(SINK.path)).toEqual(SINK);
  });

  it('keeps nothing of a commit that fails half way', async () => {
    const store = await open();
    await store.commit(commitOf('s', 1));
    poison();

    const bad = { ...commitOf('s', 2), sinks: [SINK, { ...SINK, path: '/bad' }], totals: 9 };

    await expect(store.commit(bad)).rejects.toThrow('poisoned');
    expect(await store.load('r1', EPOCH)).toMatchObject({
      positions: new Map([['s', 1]]),
      totals: null,
    });
    expect(await store.sink(SINK.path)).toBeNull();
  });

  it('fails only the bad one of many commits at once, and keeps their order', async () => {
    const store = await open();
    poison();

    const commits = Array.from({ length: 1_000 }, (_, index) => {
      const commit = commitOf(`s${index % 10}`, index);
      return index === 500 ? { ...commit, sinks: [{ ...SINK, path: '/bad' }] } : commit;
    });
    const results = await Promise.allSettled(commits.map((commit) => store.commit(commit)));

    expect(results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([
      500,
    ]);
    const { positions } = await store.load('r1', EPOCH);
    expect([...positions.values()].sort()).toEqual(
      Array.from({ length: 10 }, (_, index) => 990 + index),
    );
  });

  it('answers a load with every commit asked for before it', async () => {
    const store = await open();

    const kept = store.commit(commitOf('s', 7));
    const loaded = store.load('r1', EPOCH);

    expect((await loaded).positions.get('s')).toBe(7);
    await kept;
  });

  it('keeps a commit that resolved when the process is killed', async () => {
    const child = spawn(process.execPath, [fileURLToPath(COMMITTER), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let last = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      last = Number(line);
      if (last >= 20) child.kill('SIGKILL');
    }

    const { positions, totals } = await (await open()).load('r1', EPOCH);

    expect(totals).toBeGreaterThanOrEqual(last);
    expect(positions.get('s1')).toEqual({ offset: totals });
  });

  it('finishes what was asked before it closes, and refuses what is asked after', async () => {
    const store = await open();
    const kept = store.commit(commitOf('s', 1));
    await store.close();

    await kept;
    await expect(store.load('r1', EPOCH)).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'the checkpoint worker is closed',
    });
    expect((await (await open()).load('r1', EPOCH)).positions.get('s')).toBe(1);
  });

  it('refuses what waits and what comes later when its worker dies, and says so once', async () => {
    const worker = new Worker(workerUrl('checkpoint', import.meta.url));
    const deaths: AppError[] = [];
    const rpc = new WorkerRpc<CheckpointRequest>(worker, {
      name: 'the checkpoint worker',
      onDeath: (error) => deaths.push(error),
    });
    await rpc.ask({ op: 'open', path });
    const store = new SqliteCheckpointStore(rpc);

    const end = worker.terminate();
    const commits = Array.from({ length: 100 }, (_, i) => store.commit(commitOf('s', i)));
    const [outcomes] = await Promise.all([Promise.allSettled(commits), end]);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.at(-1)).toMatchObject({ reason: { kind: 'unavailable' } });

    await expect(store.load('r1', EPOCH)).rejects.toThrow(
      'the checkpoint worker died: exit code 1',
    );
    expect(deaths).toHaveLength(1);
    await store.close();
  });

  it('refuses a file that is no database, naming it, and leaves it as it is', async () => {
    const text = 'not a database '.repeat(1_000);
    await writeFile(path, text);

    const failure = expect(open()).rejects;

    await failure.toMatchObject({ kind: 'invalid' });
    await expect(open()).rejects.toThrow(
      `${path} is damaged: file is not a database; move it away`,
    );
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('refuses a database that lost its end', async () => {
    const store = await open();
    await store.commit(commitOf('s', 'x'.repeat(100_000)));
    await store.close();
    await truncate(path, 8_192);

    await expect(open()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(`${path} is damaged`),
    });
  });

  it('refuses a database that a newer version wrote', async () => {
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 7');
    db.close();

    await expect(open()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(`${path} was written by a newer logkit-fleet (schema 7`),
    });
  });

  it('is unavailable where no file can be made', async () => {
    path = join(dir, 'missing', 'checkpoints.db');

    await expect(open()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('ends its worker when it closes', async () => {
    const worker = new Worker(workerUrl('checkpoint', import.meta.url));
    const exited = once(worker, 'exit');
    const rpc = new WorkerRpc<CheckpointRequest>(worker, { name: 'w', onDeath: () => undefined });
    await rpc.ask({ op: 'open', path });

    await new SqliteCheckpointStore(rpc).close();

    await exited;
  });
});
