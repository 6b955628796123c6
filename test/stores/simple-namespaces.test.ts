import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasStoreCode } from '../../shared/stores/partitions/store-errors.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { CLAIM, LEASE_MS, SimpleRig } from './simple-rig.ts';

const thrownBy = (asked: Promise<unknown>) => asked.catch((thrown: unknown) => thrown);
const isLost = async (asked: Promise<unknown>) => hasStoreCode(await thrownBy(asked), 'store_lost');

describe('a namespace of the strategy simple', () => {
  let rig: SimpleRig;
  beforeAll(async () => {
    rig = await SimpleRig.start();
  });
  afterEach(() => rig.closeStores());
  afterAll(() => rig.stop());

  it.each([
    ['redis', 'hash', 'simple'],
    ['redis', 'simple', 'hash'],
    ['sqlite', 'hash', 'simple'],
    ['sqlite', 'simple', 'hash'],
  ] as const)('is for good: in %s what was begun as %s is not opened as %s', async (...row) => {
    const [place, begun, other] = row;
    await rig.open(rig[place], begun);

    const refused = await thrownBy(rig.open(rig[place], other));
    expect(refused).toMatchObject({ kind: 'invalid' });
    expect(String(refused)).toContain(`"${begun}"`);
    expect(await (await rig.open(rig[place], begun)).counts()).toMatchObject({ pending: 0 });
  });

  it('has the identity of the place, and an incarnation of its own, as the other has', async () => {
    const [simple, again] = [await rig.open(), await rig.open()];
    rig.nextNamespace();
    const hash = await rig.open(rig.redis, 'hash');

    expect(again.identity).toEqual(simple.identity);
    expect(simple.identity.id).toBe(hash.identity.id);
    expect(simple.identity.incarnation).not.toBe(hash.identity.incarnation);
  });

  it('says that the data are lost when the document was removed', async () => {
    const store = await rig.planned(1);
    await rig.server.redis.del(rig.key('partitions'));

    expect(await isLost(store.counts())).toBe(true);
    expect(await isLost(store.setPaused(true))).toBe(true);
  });

  it('says that the data are lost when others are in their place', async () => {
    const store = await rig.planned(1);
    await rig.server.redis.del(rig.key('partitions'), rig.key('state'));
    const fresh = await rig.open();

    expect(await isLost(store.claim(CLAIM))).toBe(true);
    expect(await fresh.counts()).toMatchObject({ pending: 0 });
    expect(fresh.identity.incarnation).not.toBe(store.identity.incarnation);
  });

  it('gives no token and no epoch again after the server was started anew', async () => {
    const own = await RedisServerProcess.startDurable();
    const place = { type: 'redis', url: `redis://${own.address}`, prefix: 'fleet-a' } as const;
    const store = await rig.planned(2, place);
    const [first] = await store.claim({ ...CLAIM, limit: 1 });
    const before = await store.leadership();
    await own.restart();
    await waitFor('the connection', () => store.counts().then(() => true));

    const [second] = await store.claim({ ...CLAIM, limit: 1 });
    expect(second?.token).toBeGreaterThan((first?.token ?? 0) + 1_000_000);
    expect(await store.leadership()).toMatchObject({ leader: '' });
    const after = await store.campaign({ candidate: 'leader', leaseMs: LEASE_MS });
    expect(after.epoch).toBeGreaterThan(before.epoch + 1_000);
    const renewal = { candidate: 'leader', epoch: before.epoch, leaseMs: LEASE_MS };
    expect(await store.renewLeadership(renewal)).toBe(false);
    await store.close();
    await own.stop();
  });

  it('ends with what was asked before, and takes nothing more', async () => {
    const store = await rig.planned(2, rig.sqlite);
    const asked = store.claim(CLAIM);
    await store.close();

    expect(await asked).toHaveLength(2);
    expect(await thrownBy(store.counts())).toMatchObject({ kind: 'unavailable' });
    expect(await (await rig.open(rig.sqlite)).counts()).toMatchObject({ claimed: 2 });
  });
});
