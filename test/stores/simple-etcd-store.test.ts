import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPartitionStore } from '../../shared/stores/partitions/open-partition-store.ts';
import { EtcdServer } from '../support/etcd-server.ts';
import { describePartitionStore } from './describe-partition-store.ts';

/** The shortest lease of etcd is two seconds, and what the suite takes for one are 300 ms. */
const SLOWER = 9;

describePartitionStore('of the strategy simple in etcd', async () => {
  const etcd = await EtcdServer.start();
  const place = { type: 'etcd', url: etcd.host } as const;
  return {
    open: (namespace) => openPartitionStore(place, namespace, { strategy: 'simple' }),
    pass: (ms) => delay(ms * SLOWER),
    [Symbol.asyncDispose]: () => etcd.stop(),
  };
});

describe('the strategy simple in etcd', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await EtcdServer.start();
  });
  afterAll(() => etcd.stop());

  const open = (namespace: string, strategy: 'hash' | 'simple') =>
    openPartitionStore({ type: 'etcd', url: etcd.host }, namespace, { strategy });

  it.each([
    ['hash', 'simple'],
    ['simple', 'hash'],
  ] as const)('is for good: what was begun as %s is not opened as %s', async (begun, other) => {
    const store = await open(`for-good-${begun}`, begun);

    await expect(open(`for-good-${begun}`, other)).rejects.toMatchObject({ kind: 'invalid' });
    await store.close();
  });

  it('B4: no claim is lost among many that change the document at once', async () => {
    const stores = await Promise.all([1, 2, 3].map(() => open('shared', 'simple')));
    const [first] = stores;
    if (first === undefined) throw new Error('there is no store');
    const { epoch } = await first.campaign({ candidate: 'leader', leaseMs: 60_000 });
    const partitions = Array.from({ length: 60 }, (_, nth) => ({
      ...{ min: BigInt(nth), max: BigInt(nth), options: {}, priority: 0 },
    }));
    await first.plan({ epoch, after: null, to: 59n, partitions });
    const ids = await Promise.all(
      stores.map(async (store, nth) => {
        const mine: number[] = [];
        for (;;) {
          const claimed = await store.claim({
            ...{ workerId: `w${nth}`, limit: 7, leaseMs: 60_000, attemptsMax: 3 },
            ...{ isPreempting: true, isReturning: false },
          });
          if (claimed.length === 0) return mine;
          mine.push(...claimed.map(({ id }) => id));
        }
      }),
    );

    expect(ids.flat()).toHaveLength(60);
    expect(new Set(ids.flat()).size).toBe(60);
    expect(await first.counts()).toMatchObject({ pending: 0, claimed: 60 });
    await Promise.all(stores.map((store) => store.close()));
  });
});
