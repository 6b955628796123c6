import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { ID_MAX, ID_MIN } from '../../shared/domain/id-range.ts';
import { PARTITION_STATUSES, type Partition } from '../../shared/domain/partition.ts';
import {
  type PartitionEngine,
  partitionEngine,
} from '../../shared/stores/partitions/engine/partition-engine.ts';
import { MemoryPartitionData } from '../../shared/stores/partitions/memory/memory-partition-data.ts';
import type { Held, Settlement } from '../../shared/stores/partitions/partition-store.ts';
import {
  setUpNamespace,
  setUpPlace,
} from '../../shared/stores/partitions/sqlite/partition-schema.ts';
import { SqlitePartitionData } from '../../shared/stores/partitions/sqlite/sqlite-partition-data.ts';
import { seededRandom } from '../delivery/support/seeded-random.ts';

const STEPS = 400;
const LEASE_MS = 1_000;
const WORKERS = ['a', 'b'];
const PLAN_MAX = 12;
/** More than there ever are: of those whose leases end at once no part is taken. */
const ALL = 100_000;

/** A whole number from 0 on, below the end. */
type Below = (end: number) => number;
type Step = (engine: PartitionEngine) => unknown;

/** An engine on memory and one on a file of SQLite's, and how much lies in the latter. */
function twoEngines() {
  let ms = 1;
  const clock = { now: () => ms, monotonicMs: () => ms };
  const db = new DatabaseSync(':memory:');
  setUpPlace(db, { path: ':memory:', freshId: 'place' });
  const fresh = { namespace: 'n', incarnation: 'i', bootId: 'b' };
  const data = new SqlitePartitionData(db, 'n', setUpNamespace(db, fresh));
  const inFile = partitionEngine(data, clock);
  return {
    pass: (passedMs: number) => (ms += passedMs),
    inMemory: partitionEngine(new MemoryPartitionData(), clock),
    onFile: (step: Step) => {
      db.exec('BEGIN IMMEDIATE');
      data.begin();
      const answer = step(inFile);
      data.end();
      db.exec('COMMIT');
      return answer;
    },
    rows: () => Number(db.prepare('SELECT count(*) AS rows FROM stretches').get()?.['rows']),
  };
}

/** What may be said of held ones: of some that stand side by side, or of any. */
function settlementsOf(below: Below, held: readonly Held[]): Settlement[] {
  const some = held.slice(below(held.length + 1)).slice(0, 1 + below(PLAN_MAX));
  const kind = below(7);
  return some.map(({ id, token: shown }): Settlement => {
    const key = { id, token: below(12) === 0 ? shown - 1 : shown };
    switch (kind) {
      case 0:
      case 1:
        return { ...key, event: 'complete', items: id };
      case 2:
        return { ...key, event: 'start' };
      case 3:
        return { ...key, event: 'release', items: below(2) };
      case 4:
        return { ...key, event: 'save', checkpoint: { at: below(2) } };
      case 5:
        return { ...key, event: 'bury', error: 'for good' };
      default:
        return { ...key, event: 'fail', error: 'it broke', nextRunAtMs: below(2) * 1e6 };
    }
  });
}

function stepOf(below: Below, engine: PartitionEngine): Step {
  const workerId = WORKERS[below(WORKERS.length)] ?? 'a';
  const all = engine.partitions({ limit: ALL });
  const held = all.filter((each) => each.workerId === workerId);
  const ids = all.map(({ id }) => id).filter(() => below(4) === 0);
  const request = { workerId, leaseMs: LEASE_MS, attemptsMax: 4, isReturning: false };
  const limit = 1 + below(PLAN_MAX);
  const steps: Step[] = [
    (to) => to.claim({ ...request, limit, isPreempting: false }),
    (to) => to.claim({ ...request, limit: ALL, isPreempting: true }),
    (to) => to.claim({ ...request, limit, isPreempting: false, isReturning: true }),
    (to) => to.claim({ ...request, limit, isPreempting: true, ids }),
    (to) => to.retry({ ids, isForced: true, limit }),
    (to) => to.retry({ ids: null, isForced: true, limit: ALL }),
    (to) => to.cancel(ids.slice(0, 3), 'not wanted'),
    (to) => to.remove(ids.slice(0, 1)),
    (to) => to.tend({ epoch: 1, nowMs: 10, attemptsMax: 4, limit: ALL }),
    (to) =>
      to.renew({ workerId, held: ids.length > 2 ? held : [], leaseMs: LEASE_MS, presenceMs: 1 }),
  ];
  const plan = planOf(below, engine);
  const settlements = settlementsOf(below, held);
  for (let often = 0; often < 4; often += 1) {
    steps.push((to) => to.claim({ ...request, limit, isPreempting: false }));
    steps.push((to) => to.settle(settlements));
    if (all.length < 200) steps.push((to) => to.plan(plan));
  }
  const [first, priority] = [ids[0], below(2)];
  if (first !== undefined) steps.push((to) => to.edit(first, { priority }, null));
  return steps[below(steps.length)] ?? plainLook;
}

function plainLook(to: PartitionEngine): unknown {
  return to.counts();
}

/** Most are side by side, of one size and without options. */
function planOf(below: Below, engine: PartitionEngine) {
  const after = engine.planState().plannedTo;
  const [size, priority, marked] = [1 + below(2), below(6), below(9)];
  let next = (after ?? 0n) + 1n;
  const partitions = Array.from({ length: 1 + below(PLAN_MAX) }, (_, nth) => {
    const min = next + (below(9) === 0 ? 5n : 0n);
    next = min + BigInt(size);
    const options = nth === marked ? { nth } : {};
    return { min, max: next - 1n, options, priority: priority === 0 ? 1 : 0 };
  });
  return { epoch: 1, after, to: next - 1n, partitions };
}

function everythingOf(engine: PartitionEngine) {
  const partitions: readonly Partition[] = engine.partitions({ limit: ALL });
  return {
    partitions,
    each: partitions.map(({ id }) => engine.partition(id)),
    page: engine.partitions({ limit: 5, afterId: 3 }),
    byStatus: PARTITION_STATUSES.map((each) => engine.partitions({ limit: 9, statuses: [each] })),
    byWorker: WORKERS.map((workerId) => engine.partitions({ limit: ALL, workerId })),
    held: new Map(engine.workers().map(({ workerId, held }) => [workerId, held])),
    counts: engine.counts(),
    recounted: engine.recount(),
    completed: engine.completedRanges({ min: ID_MIN, max: ID_MAX }),
    plan: engine.planState(),
  };
}

describe('partitions in a file of SQLite’s', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('are what they are in memory (%i)', (seed) => {
    const random = seededRandom(seed, 'partitions');
    const below: Below = (end) => Math.floor(random.next() * end);
    const { inMemory, onFile, pass } = twoEngines();
    const lead: Step = (to) => to.campaign({ candidate: 'leader', leaseMs: 1e9 });
    expect(onFile(lead)).toEqual(lead(inMemory));

    for (let nth = 0; nth < STEPS; nth += 1) {
      if (below(2) === 0) pass(below(LEASE_MS));
      const step = stepOf(below, inMemory);

      const answer = step(inMemory);

      expect({ nth, step: step.toString(), answer: onFile(step) }).toEqual({
        ...{ nth, step: step.toString(), answer },
      });
      if (nth % 8 === 0) expect(onFile(everythingOf)).toEqual(everythingOf(inMemory));
    }
    expect(inMemory.counts()).not.toMatchObject({ completed: 0 });
  });

  it('are one row as long as they are alike', () => {
    const { onFile, rows, pass } = twoEngines();
    const partitions = Array.from({ length: 1_000 }, (_, nth) => {
      const min = BigInt(nth) * 10n;
      return { min, max: min + 9n, options: {}, priority: 0 };
    });
    const claim: Step = (to) =>
      to.claim({
        ...{ workerId: 'a', limit: 50, leaseMs: LEASE_MS, attemptsMax: 4 },
        ...{ isPreempting: false, isReturning: false },
      });
    const heldBy = (to: PartitionEngine) => to.partitions({ workerId: 'a', limit: ALL });
    onFile((to) => to.campaign({ candidate: 'leader', leaseMs: 1e9 }));

    onFile((to) => to.plan({ epoch: 1, after: null, to: 9_999n, partitions }));
    expect(rows()).toBe(1);
    onFile(claim);
    pass(1);
    onFile(claim);
    expect(rows()).toBe(3);
    onFile((to) => to.settle(heldBy(to).map((each) => ({ ...each, event: 'start' }))));
    onFile((to) =>
      to.renew({ workerId: 'a', held: heldBy(to), leaseMs: LEASE_MS, presenceMs: LEASE_MS }),
    );
    expect(rows()).toBe(2);
    onFile((to) =>
      to.settle(
        heldBy(to)
          .slice(10, 90)
          .map((each) => ({ ...each, event: 'complete', items: each.id })),
      ),
    );
    expect(rows()).toBe(3);
    expect(onFile((to) => to.counts())).toMatchObject({ pending: 900, running: 20, completed: 80 });
  });
});
