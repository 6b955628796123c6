import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ID_MAX, ID_MIN } from '../../shared/domain/id-range.ts';
import { OPEN_PARTITIONS_MAX } from '../../shared/stores/partitions/simple/room.ts';
import { waitFor } from '../support/wait-for.ts';
import { CLAIM, LEASE_MS, SimpleRig } from './simple-rig.ts';

const run = promisify(execFile);
const CLAIMS = fileURLToPath(new URL('../support/redis-claims.process.ts', import.meta.url));
const thrownBy = (asked: Promise<unknown>) => asked.catch((thrown: unknown) => thrown);

describe('the strategy simple', () => {
  let rig: SimpleRig;
  beforeAll(async () => {
    rig = await SimpleRig.start();
  });
  afterEach(() => rig.closeStores());
  afterAll(() => rig.stop());

  it('B3: the end of an idle process leaves the locks of the others alone', async () => {
    const busy = await rig.planned(3);
    const idle = await rig.open();
    const held = await busy.claim(CLAIM);
    await idle.renew({ workerId: 'idle', held: [], leaseMs: LEASE_MS, presenceMs: LEASE_MS });
    await idle.leave('idle');
    await idle.close();

    expect(
      await rig.server.redis.exists(...[1, 2, 3].map((id) => rig.key(`partition_lock:${id}`))),
    ).toBe(3);
    const third = await rig.open();
    expect(await third.claim({ ...CLAIM, workerId: 'third' })).toEqual([]);
    const renewal = { workerId: 'w', held, leaseMs: LEASE_MS, presenceMs: LEASE_MS };
    expect(await busy.renew(renewal)).toMatchObject({ lost: [] });
  });

  it.each(['redis', 'sqlite'] as const)(
    'B4: no claim is lost among many that change the document at once (%s)',
    async (place) => {
      const stores = [await rig.planned(300, rig[place])];
      while (stores.length < 6) stores.push(await rig.open(rig[place]));
      const ids = await Promise.all(
        stores.map(async (store, nth) => {
          const mine: number[] = [];
          for (;;) {
            const claimed = await store.claim({ ...CLAIM, workerId: `w${nth}`, limit: 7 });
            if (claimed.length === 0) return mine;
            mine.push(...claimed.map(({ id }) => id));
            const verdicts = await store.settle(
              claimed.map(({ id, token }) => ({ id, token, event: 'complete', items: 1 }) as const),
            );
            expect(new Set(verdicts)).toEqual(new Set(['done']));
          }
        }),
      );

      expect(ids.flat()).toHaveLength(300);
      expect(new Set(ids.flat()).size).toBe(300);
      const [store] = stores;
      expect(await store?.counts()).toMatchObject({ pending: 0, claimed: 0, completed: 300 });
      expect(await store?.completedRanges({ min: 0n, max: ID_MAX })).toEqual([
        { min: 0n, max: 2_999n },
      ]);
    },
  );

  it('B4: no claim is lost among processes either', async () => {
    const store = await rig.planned(200);
    const outputs = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        run(process.execPath, [
          ...[CLAIMS, `redis://${rig.server.address}`, 'fleet-a', rig.namespace, name, 'simple'],
        ]),
      ),
    );
    const ids = outputs.flatMap(({ stdout }) => JSON.parse(stdout));

    expect(ids).toHaveLength(200);
    expect(new Set(ids).size).toBe(200);
    expect(await store.counts()).toMatchObject({ pending: 0, claimed: 0, completed: 200 });
  });

  it('B15: each sign of life of a holder is kept, and what is alive is not stale', async () => {
    const store = await rig.planned(1);
    const [claimed] = await store.claim({ ...CLAIM, leaseMs: LEASE_MS });
    if (claimed === undefined) throw new Error('nothing was claimed');
    expect(claimed.lastHeartbeatMs).toBeGreaterThan(0);
    const renewal = { workerId: 'w', held: [claimed], leaseMs: LEASE_MS, presenceMs: LEASE_MS };
    await waitFor('a heartbeat', async () => {
      await store.renew(renewal);
      const seen = await store.partition(1);
      return (seen?.lastHeartbeatMs ?? 0) > claimed.lastHeartbeatMs;
    });

    expect(await store.claim({ ...CLAIM, workerId: 'other' })).toEqual([]);
    const retry = { ids: [1], isForced: true, limit: 1 };
    expect(await store.retry(retry)).toEqual({ retried: [], skipped: [1] });
  });

  it('B26: the document stays however long nobody writes it', async () => {
    await rig.planned(1);

    expect(await rig.server.redis.pttl(rig.key('partitions'))).toBe(-1);
    expect(await rig.server.redis.pttl(rig.key('state'))).toBe(-1);
  });

  it('is plain to look at: a JSON text, and a lock a partition that is held', async () => {
    const store = await rig.open();
    const [min, max] = [ID_MAX - 1n, ID_MAX];
    const { epoch } = await store.campaign({ candidate: 'n1', leaseMs: LEASE_MS });
    const partitions = [
      { min: ID_MIN, max: ID_MIN, options: {}, priority: 0 },
      { min, max, options: { a: 1 }, priority: 9 },
    ];
    await store.plan({ epoch, after: null, to: max, partitions });
    const [held] = await store.claim({ ...CLAIM, limit: 1 });

    const text = (await rig.server.redis.get(rig.key('partitions'))) ?? '';
    expect(JSON.parse(text)).toMatchObject({
      counts: { pending: 1, claimed: 1 },
      state: { plannedTo: String(ID_MAX), lastPartitionId: 2, turn: { candidate: 'n1' } },
      partitions: [
        { id: 1, min: String(ID_MIN), status: 'pending' },
        { id: 2, min: String(min), max: String(max), status: 'claimed', workerId: 'w' },
      ],
    });
    expect(await rig.server.redis.get(rig.key('partition_lock:2'))).toBe(`w token ${held?.token}`);
    expect(await rig.server.redis.pttl(rig.key('partition_lock:2'))).toBeGreaterThan(LEASE_MS / 2);
    expect(await rig.server.redis.get(rig.key('leader_lock'))).toBe(`n1 epoch ${epoch}`);
    expect(await rig.server.redis.exists(rig.key('partition_lock:1'))).toBe(0);
    const keys = (await rig.server.redis.keys(`*${rig.namespace}*`)).filter(
      (each) => !each.startsWith(`fleet-a:{${rig.namespace}}:`),
    );
    expect(keys).toEqual([]);
  });

  it('goes by the locks: one that somebody removes by hand is free at once', async () => {
    const store = await rig.planned(2);
    const [first] = await store.claim({ ...CLAIM, limit: 1 });
    if (first === undefined) throw new Error('nothing was claimed');
    await rig.server.redis.del(rig.key('partition_lock:1'));

    const [again] = await store
      .claim({ ...CLAIM, workerId: 'other', limit: 2 })
      .then((all) => all.filter(({ id }) => id === 1));
    expect(again).toMatchObject({ workerId: 'other', attempts: 1 });
    const late = { id: 1, token: first.token, event: 'complete', items: 1 } as const;
    expect(await store.settle([late])).toEqual(['fenced']);
  });

  it('frees a lock with what was held', async () => {
    const store = await rig.planned(2);
    const [first] = await store.claim({ ...CLAIM, limit: 1 });
    if (first === undefined) throw new Error('nothing was claimed');
    const lock = rig.key('partition_lock:1');
    expect(await rig.server.redis.exists(lock)).toBe(1);
    await store.settle([{ id: 1, token: first.token, event: 'complete', items: 1 }]);

    expect(await rig.server.redis.exists(lock)).toBe(0);
  });

  it('sees what other processes do', async () => {
    const [one, other] = [await rig.planned(2), await rig.open()];
    expect(await other.counts()).toMatchObject({ pending: 2 });
    const [mine] = await one.claim({ ...CLAIM, limit: 1 });

    expect(await other.partition(1)).toEqual(mine);
    await other.setPaused(true);
    expect(await one.claim(CLAIM)).toEqual([]);
  });

  it('fails only the call that is wrong of those that are done together', async () => {
    const store = await rig.planned(1);
    const [bad, edited, counts] = await Promise.allSettled([
      store.edit(99, {}, null),
      store.edit(1, { priority: 4 }, 1),
      store.counts(),
    ]);

    expect(bad).toMatchObject({ status: 'rejected', reason: { kind: 'not_found' } });
    expect(edited).toMatchObject({ status: 'fulfilled', value: { priority: 4, version: 2 } });
    expect(counts).toMatchObject({ status: 'fulfilled', value: { pending: 1 } });
  });

  it('keeps what callers change of an answer to themselves', async () => {
    const store = await rig.open({ type: 'memory' });
    const options = { list: [1] };
    await store.create([{ id: 1, min: 0n, max: 9n, options, priority: 0 }]);
    options.list.push(2);
    const seen = await store.partition(1);
    if (Array.isArray(seen?.options['list'])) seen.options['list'].push(3);

    expect(await store.partition(1)).toMatchObject({ options: { list: [1] } });
  });

  it('takes no more partitions than it is for', async () => {
    const store = await rig.planned(OPEN_PARTITIONS_MAX, { type: 'memory' });

    const refused = await thrownBy(rig.plan(store, 1));
    expect(refused).toMatchObject({ kind: 'conflict' });
    expect(String(refused)).toContain('"hash"');
    const [held] = await store.claim({ ...CLAIM, limit: 1 });
    if (held === undefined) throw new Error('nothing was claimed');
    const { id, token } = held;
    await store.settle([{ id, token, event: 'complete', items: 1 }]);
    await rig.plan(store, 1);
    expect(await store.counts()).toMatchObject({ pending: OPEN_PARTITIONS_MAX });
  });
});
