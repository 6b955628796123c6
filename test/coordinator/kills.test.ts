import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPartitionStore } from '../../shared/coordinator/library.ts';
import { waitFor } from '../support/wait-for.ts';

const PROGRAM = join(import.meta.dirname, '..', 'support', 'coordinator.process.ts');
const LAST_ID = 3_000;
const LEASE_MS = 1_000;

describe('processes that share a SQLite file', () => {
  let dir: string;
  let processes: ChildProcess[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coordinators-'));
    processes = [];
  });

  afterEach(async () => {
    for (const each of processes) if (each.exitCode === null) each.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  });

  async function start(worker: string): Promise<ChildProcess> {
    const paths = [join(dir, 'store.db'), join(dir, 'sink.db')];
    const child = spawn(process.execPath, [PROGRAM, ...paths, worker, String(LAST_ID)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    processes.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  it('work off every ID once, whoever is killed or stands still', async () => {
    const workers = [await start('a'), await start('b'), await start('c'), await start('d')];
    const store = await openPartitionStore({ type: 'sqlite', path: join(dir, 'store.db') }, 'work');
    await waitFor('some work', async () => (await store.counts()).completed > 20);
    workers[0]?.kill('SIGKILL');
    workers[1]?.kill('SIGSTOP');
    await waitFor('more work', async () => (await store.counts()).completed > 60);
    workers[2]?.kill('SIGKILL');
    await start('a');
    await delay(2 * LEASE_MS);
    workers[1]?.kill('SIGCONT');

    const all = LAST_ID / 10;
    await waitFor('all', async () => (await store.counts()).completed === all);
    expect(await store.completedRanges({ min: 0n, max: 1_000_000n })).toEqual([
      { min: 1n, max: BigInt(LAST_ID) },
    ]);
    expect(await store.recount()).toMatchObject({ are: { pending: 0, dead: 0, failed: 0 } });
    await store.close();
    using sink = new DatabaseSync(join(dir, 'sink.db'));
    const items = sink.prepare('SELECT id, count(*) AS times FROM items GROUP BY id').all();
    expect(items).toHaveLength(LAST_ID);
    expect(items.filter(({ times }) => times !== 1)).toEqual([]);
  });
});
