import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ID_MAX } from '../../shared/domain/id-range.ts';
import { PARTITION_STATUSES, type Partition } from '../../shared/domain/partition.ts';
import { openPartitionStore } from '../../shared/stores/partitions/open-partition-store.ts';
import type { PartitionStore, Settlement } from '../../shared/stores/partitions/partition-store.ts';
import { RedisServerProcess } from '../support/redis-server.ts';

const STEPS = 400;
const WORKERS = ['a', 'b', 'c'];
const LEASE_MS = 3_600_000;
/** Of these each engine has its own clock. */
const TIMES = { lastHeartbeatMs: 0, createdAtMs: 0, updatedAtMs: 0 };

/** The same numbers for the same seed. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to one less. */
  roll(sides: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * sides);
  }

  of<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[this.roll(items.length)];
    if (item === undefined) throw new Error('there is nothing to choose from');
    return item;
  }
}

/** What somebody does to a store, drawn once and done to all. */
function drawStep(dice: Dice, held: Map<number, number>, lastId: number) {
  const someIds = () => Array.from({ length: 1 + dice.roll(4) }, () => 1 + dice.roll(lastId + 3));
  const ranged = (width: number) => {
    const min = BigInt(dice.roll(5_000));
    const max = min + BigInt(dice.roll(width));
    return { min, max, options: { at: dice.roll(9) }, priority: dice.roll(3) - 1 };
  };
  const workerId = dice.of(WORKERS);
  const settlements = Array.from({ length: dice.roll(6) }, () => drawSettlement(dice, held));
  const steps: ((store: PartitionStore) => Promise<unknown>)[] = [];
  const [limit, isReturning, nowMs] = [1 + dice.roll(6), dice.roll(8) === 0, dice.roll(3_000)];
  const claim = { workerId, limit, leaseMs: LEASE_MS, attemptsMax: 4, isReturning };
  steps.push((store) => store.claim({ ...claim, isPreempting: false }));
  steps.push((store) => store.claim({ ...claim, isPreempting: true }));
  const chosen = { ...claim, ids: someIds() };
  steps.push((store) => store.claim({ ...chosen, isPreempting: true }));
  for (let often = 0; often < 5; often += 1) steps.push((store) => store.settle(settlements));
  const [ids, gap, edited] = [someIds(), ranged(60), 1 + dice.roll(lastId + 1)];
  const priority = dice.roll(3) - 1;
  const partitions = [ranged(30), ranged(30), ranged(200)];
  steps.push(async (store) => {
    const { plannedTo: after } = await store.planState();
    return store.plan({ epoch: 1, after, to: (after ?? 0n) + 10n, partitions });
  });
  steps.push((store) => store.fill({ epoch: 1, partitions: [gap] }));
  steps.push((store) => store.tend({ epoch: 1, nowMs, attemptsMax: 4, limit: 5 }));
  const retry = { ids: dice.roll(2) === 0 ? null : ids, isForced: dice.roll(2) === 0, limit };
  steps.push((store) => store.retry(retry));
  steps.push((store) => store.cancel(ids, 'not wanted'));
  steps.push((store) => store.remove(ids.slice(0, 2)));
  const made = [
    { ...ranged(40), id: lastId + 2 },
    { ...ranged(40), id: edited },
  ];
  steps.push((store) => store.create(made));
  steps.push((store) => store.edit(edited, { priority, options: {} }, null));
  const shown = [...held].map(([id, token]) => ({ id, token }));
  steps.push((store) =>
    store.renew({ workerId, held: shown, leaseMs: LEASE_MS, presenceMs: LEASE_MS }),
  );
  return dice.of(steps);
}

function drawSettlement(dice: Dice, held: Map<number, number>): Settlement {
  const [id, token] = held.size === 0 ? [1, 1] : dice.of([...held]);
  const key = { id, token };
  return dice.of<Settlement>([
    { ...key, event: 'start' },
    { ...key, event: 'save', checkpoint: { at: dice.roll(100) } },
    { ...key, event: 'complete', items: 3 },
    { ...key, event: 'complete', items: 4 },
    { ...key, event: 'fail', error: 'it broke', nextRunAtMs: dice.roll(3_000) },
    { ...key, event: 'bury', error: 'it broke for good' },
    { ...key, event: 'release', items: dice.roll(10) },
  ]);
}

/** What it answers, or how it says no; of partitions without their times. */
async function outcome(store: PartitionStore, step: (of: PartitionStore) => Promise<unknown>) {
  try {
    return comparable(await step(store));
  } catch (thrown) {
    return String(thrown);
  }
}

function comparable(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(comparable);
  if (typeof answer !== 'object' || answer === null || !('updatedAtMs' in answer)) return answer;
  return { ...answer, ...TIMES };
}

async function everythingOf(store: PartitionStore) {
  const some = (more: Partial<Parameters<PartitionStore['partitions']>[0]>) =>
    store.partitions({ limit: 1_000, ...more }).then(comparable);
  return {
    all: await some({}),
    byStatus: await Promise.all(PARTITION_STATUSES.map((each) => some({ statuses: [each] }))),
    byWorker: await Promise.all(WORKERS.map((workerId) => some({ workerId, afterId: 3 }))),
    counts: await store.counts(),
    recounted: await store.recount(),
    completed: await store.completedRanges({ min: 0n, max: ID_MAX }),
    isCompleted: await Promise.all(Array.from({ length: 30 }, (_, id) => store.isCompleted(id))),
    plan: await store.planState(),
  };
}

function learn(held: Map<number, number>, partitions: readonly Partition[]): void {
  for (const { id, token, status } of partitions) {
    if (status === 'claimed' || status === 'running') held.set(id, token);
  }
}

describe('the stores in Redis and in SQLite, and those of the strategy simple', () => {
  let server: RedisServerProcess;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'partitions-'));
    server = await RedisServerProcess.start();
  });
  afterAll(async () => {
    await server.stop();
    await rm(dir, { recursive: true });
  });

  it.each([1, 2, 3, 4, 5, 6])('do the same, whatever is done to them (%i)', async (seed) => {
    const dice = new Dice(seed);
    const url = `redis://${server.address}`;
    const namespace = `agree-${seed}`;
    const path = join(dir, 'p.db');
    const strategy = { strategy: 'simple' } as const;
    const sqlite = await openPartitionStore({ type: 'sqlite', path }, namespace);
    const others = {
      redis: await openPartitionStore({ type: 'redis', url }, namespace),
      simple: await openPartitionStore({ type: 'redis', url }, `${namespace}-simple`, strategy),
      memory: await openPartitionStore({ type: 'memory' }, namespace, strategy),
    };
    const all = [sqlite, ...Object.values(others)];
    for (const store of all) await store.campaign({ candidate: 'leader', leaseMs: LEASE_MS });
    // Tokens stay known when they are over, so that what is refused is tried, too.
    const held = new Map<number, number>();

    for (let nth = 1; nth <= STEPS; nth += 1) {
      const { lastPartitionId } = await sqlite.planState();
      const step = drawStep(dice, held, lastPartitionId);
      const answer = await outcome(sqlite, step);
      for (const [name, store] of Object.entries(others)) {
        const there = await outcome(store, step);
        expect({ name, nth, step: step.toString(), answer: there }).toEqual({
          ...{ name, nth, step: step.toString(), answer },
        });
      }
      learn(held, await sqlite.partitions({ limit: 1_000 }));
      if (nth % 20 !== 0) continue;
      const everything = await everythingOf(sqlite);
      for (const store of all) expect(await everythingOf(store)).toEqual(everything);
    }
    expect(await sqlite.counts()).not.toMatchObject({ completed: 0 });
    await Promise.all(all.map((store) => store.close()));
  });
});
