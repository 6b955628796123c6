import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Round } from '../../shared/coordinator/beater/beater.ts';
import {
  Coordinator,
  openPartitionStore,
  type PartitionPlace,
  threadBeater,
} from '../../shared/coordinator/library.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import { EtcdServer } from '../support/etcd-server.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';

const PROGRAM = join(import.meta.dirname, '..', 'support', 'busy-worker.process.ts');
const LEASE_MS = 2_000;

describe.each(['sqlite', 'redis', 'etcd'] as const)(
  'a process on %s that has no time for anything else',
  (type) => {
    let cleanup: AsyncDisposableStack;
    let dir: string;
    let place: PartitionPlace;
    let store: PartitionStore;

    beforeEach(async () => {
      cleanup = new AsyncDisposableStack();
      dir = await mkdtemp(join(tmpdir(), 'busy-'));
      cleanup.defer(() => rm(dir, { recursive: true, force: true }));
      place = type === 'sqlite' ? { type, path: join(dir, 'store.db') } : await serverPlace(type);
      store = await openPartitionStore(place, 'busy');
      cleanup.defer(() => store.close());
    });

    afterEach(() => cleanup.disposeAsync());

    async function serverPlace(kind: 'redis' | 'etcd'): Promise<PartitionPlace> {
      const server = await (kind === 'redis' ? RedisServerProcess.start() : EtcdServer.start());
      cleanup.defer(() => server.stop());
      return {
        type: kind,
        url: `${kind === 'redis' ? 'redis' : 'http'}://127.0.0.1:${server.port}`,
      };
    }

    /** Resolves when its processor has begun. */
    async function busy(...args: readonly string[]) {
      const child = spawn(process.execPath, [PROGRAM, JSON.stringify(place), ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      cleanup.defer(() => killed(child));
      const said: string[] = [];
      child.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()));
      const hasSaid = (text: string) => said.join('').includes(text);
      await waitFor('its work', () => hasSaid('begins'));
      return { child, hasSaid };
    }

    async function killed(child: ChildProcess): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }

    /** A worker that takes whatever it may; gives the IDs that it has claimed. */
    function peer(): readonly number[] {
      const ids: number[] = [];
      const coordinator = new Coordinator({
        ...{ workerId: 'peer', store },
        planner: { partitionSize: async () => 10n, nextMaxId: async () => 10n },
        processor: { process: async () => 10 },
        events: { claimed: (partitions) => ids.push(...partitions.map(({ id }) => id)) },
        options: {
          ...{ allow_preemption: true, claim_interval_ms: 50, tend_interval_ms: 100 },
          ...{ heartbeat_interval_ms: 200, partition_lock_expiry_ms: LEASE_MS },
          leader_lock_expiry_ms: LEASE_MS,
        },
      });
      coordinator.start();
      cleanup.defer(() => coordinator.stop());
      return ids;
    }

    it('keeps what it holds for three leases', async () => {
      const { child, hasSaid } = await busy(String(3 * LEASE_MS));
      const ids = peer();
      await waitFor('the end', () => hasSaid('ends: '));

      expect(hasSaid('ends: completed')).toBe(true);
      expect(ids).toEqual([]);
      expect(await store.counts()).toMatchObject({ completed: 1 });
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await gone).toEqual([0, null]);
    });

    it('loses what it holds when that has no end, and hears of it when it has', async () => {
      const file = join(dir, 'enough');
      const { hasSaid } = await busy('0', file);
      const ids = peer();
      await waitFor('the other one', async () => (await store.counts()).completed === 1);
      expect(ids).toEqual([1]);
      expect(hasSaid('ends: ')).toBe(false);

      await writeFile(file, '');
      await waitFor('the end', () => hasSaid('ends: '));
      expect(hasSaid('ends: lost')).toBe(true);
      expect(await store.counts()).toMatchObject({ completed: 1 });
    });
  },
);

describe('a beater in a thread', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'beater-'));
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** What its first round tells. */
  async function firstRound(path: string, incarnation: string): Promise<Round | undefined> {
    const beater = threadBeater({ place: { type: 'sqlite', path }, namespace: 'n' })({
      ...{ workerId: 'w', leaseMs: 60_000, presenceMs: 60_000 },
      ...{ everyMs: 20_000, silenceMsMax: 60_000 },
    });
    const rounds: Round[] = [];
    beater.begin({ incarnation, onRound: (round) => rounds.push(round) });
    await beater.beat();
    await beater.end();
    return rounds[0];
  }

  it('gives signs of life, until its end', async () => {
    const path = join(dir, 'store.db');
    const store = await openPartitionStore({ type: 'sqlite', path }, 'n');
    const round = await firstRound(path, store.identity.incarnation);

    expect(round).toMatchObject({ lost: [], standing: { activeWorkers: 1, isPaused: false } });
    expect(await store.workers()).toMatchObject([{ workerId: 'w', isActive: true }]);
    await store.close();
  });

  it('renews nothing in other data than those that were claimed in', async () => {
    const round = await firstRound(join(dir, 'store.db'), 'another');
    expect(round).toMatchObject({ error: { details: { code: 'store_lost' } } });
  });

  it('tells of a store that cannot be opened', async () => {
    const round = await firstRound(join(dir, 'none', 'store.db'), 'any');
    expect(round).toMatchObject({ error: { kind: 'unavailable' } });
  });

  it('has no store in memory', () => {
    const open = () => threadBeater({ place: { type: 'memory' }, namespace: 'n' });
    expect(open).toThrow(/leave it out/);
  });
});
