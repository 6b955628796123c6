import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Administration,
  Coordinator,
  CoordinatorMetrics,
  coordinatorRoutes,
  incarnationFile,
  Metrics,
  openPartitionStore,
  type PartitionPlace,
  type PartitionStore,
  type Processor,
  threadBeater,
} from '../../shared/coordinator/library.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { serveEdge } from '../support/edge-server.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { plannerTo } from './rig.ts';

const NAMESPACE = 'n';

/** A place whose data can be taken away. */
interface Losable {
  readonly place: PartitionPlace;
  lose(): Promise<void>;
  stop(): Promise<void>;
}

async function sqlite(dir: string): Promise<Losable> {
  const path = join(dir, 'store.db');
  const files = ['', '-wal', '-shm'].map((end) => path + end);
  return {
    place: { type: 'sqlite', path },
    lose: async () => {
      for (const each of files) await rm(each, { force: true });
    },
    stop: async () => undefined,
  };
}

async function redis(): Promise<Losable> {
  const server = await RedisServerProcess.start();
  return {
    place: { type: 'redis', url: `redis://${server.address}` },
    lose: async () => {
      await server.redis.flushall();
    },
    stop: () => server.stop(),
  };
}

describe.each([
  ['sqlite', sqlite],
  ['redis', redis],
] as const)('a coordinator on %s whose data are gone', (_type, start) => {
  let cleanup: AsyncDisposableStack;
  let dir: string;
  let data: Losable;
  let store: PartitionStore;
  let losses: string[];

  beforeEach(async () => {
    cleanup = new AsyncDisposableStack();
    dir = await mkdtemp(join(tmpdir(), 'lost-'));
    cleanup.defer(() => rm(dir, { recursive: true, force: true }));
    data = await start(dir);
    cleanup.defer(() => data.stop());
    losses = [];
  });

  afterEach(() => cleanup.disposeAsync());

  async function open(process: Processor['process']): Promise<Coordinator> {
    store = await openPartitionStore(data.place, NAMESPACE);
    const opened = store;
    cleanup.defer(() => opened.close());
    const coordinator = new Coordinator({
      ...{ workerId: 'w', store, planner: plannerTo(100n, 10n), processor: { process } },
      beater: threadBeater({ place: data.place, namespace: NAMESPACE }),
      incarnations: incarnationFile(join(dir, 'incarnation.json')),
      events: { storeLost: ({ message }) => losses.push(message) },
      options: { claim_interval_ms: 50, tend_interval_ms: 50, task_window: 4, task_grace_ms: 100 },
    });
    cleanup.defer(() => coordinator.stop());
    coordinator.start();
    return coordinator;
  }

  const isAllDone = async () => (await store.counts()).completed === 10;

  it('does nothing after a restart until it is told that the new ones are right', async () => {
    const first = await open(async () => 10);
    await waitFor('the work', isAllDone);
    await first.stop();
    await store.close();
    await data.lose();
    let runs = 0;
    const second = await open(async () => (runs += 1));
    await waitFor('the loss', () => losses.length > 0);

    expect(second.storeLoss).toMatchObject({ details: { code: 'store_lost' } });
    expect(losses).toEqual([expect.stringContaining('not those that were worked on')]);
    expect(await store.planState()).toMatchObject({ plannedTo: null });
    await second.acceptStore();
    expect(second.storeLoss).toBeNull();
    await waitFor('the work', isAllDone);
    expect(runs).toBe(10);
    await second.stop();
    await store.close();

    const third = await open(async () => 10);
    await waitFor('its turn', () => third.candidate.turn !== null);
    expect(third.storeLoss).toBeNull();
  });

  it('ends all that is at work, stands still, and goes on when it is told to', async () => {
    const reasons: unknown[] = [];
    let isCalm = false;
    const running: Processor['process'] = async (_min, _max, _options, { signal, save }) => {
      if (isCalm) return 10;
      await systemClock.sleep(60_000, signal);
      reasons.push(signal.reason);
      await expect(save({ at: 1 })).rejects.toMatchObject({ kind: 'conflict' });
      throw new Error('told to end');
    };
    const coordinator = await open(running);
    const metrics = new Metrics();
    const figures = new CoordinatorMetrics({
      ...{ metrics, workerId: 'w', version: '1', clock: systemClock },
    });
    figures.watch(coordinator);
    const administration = new Administration({
      ...{ store, coordinator, planner: plannerTo(100n, 10n), clock: systemClock },
    });
    const server = await serveEdge({ routes: coordinatorRoutes(() => administration) });
    cleanup.defer(() => server.close(0));
    const ask = async (method: string, path: string): Promise<unknown> =>
      (await fetch(`${server.url}/api/v1/${path}`, { method })).json();
    await waitFor('work', async () => (await store.counts()).running === 4);
    const { incarnation } = store.identity;
    await data.lose();
    await waitFor('the loss', () => coordinator.storeLoss !== null);
    await waitFor('the end', () => coordinator.worker.heldCount === 0);

    expect(reasons).toMatchObject(Array.from({ length: 4 }, () => ({ details: { code: 'lost' } })));
    expect(losses).toHaveLength(1);
    expect(await ask('GET', 'store')).toMatchObject({ incarnation, is_lost: true });
    expect(await ask('GET', 'partitions/1/explain')).toMatchObject({
      reasons: [expect.stringMatching(/^All stands still: /)],
    });
    expect(await metrics.text()).toContain('elk_coordinator_store_lost{worker_id="w"} 1');

    isCalm = true;
    const accepted = await ask('POST', 'store/accept');
    expect(accepted).toMatchObject({ success: true, is_lost: false });
    await waitFor('the work', isAllDone);
    expect(store.identity.incarnation).not.toBe(incarnation);
    expect(await metrics.text()).toContain('elk_coordinator_store_lost{worker_id="w"} 0');
    expect(await ask('POST', 'store/accept')).toMatchObject({ success: true });
  });
});

describe('the memory of what was worked on', () => {
  it('takes no file for one that does not say it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'incarnation-'));
    const path = join(dir, 'incarnation.json');
    const memory = incarnationFile(path);
    expect(await memory.last()).toBeNull();
    await memory.keep('a');
    expect(await incarnationFile(path).last()).toBe('a');
    await writeFile(path, '{}');
    await expect(memory.last()).rejects.toThrow(/does not say which data/);
    await rm(dir, { recursive: true });
  });
});
