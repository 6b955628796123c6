import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPartitionStore } from '../../shared/stores/partitions/open-partition-store.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import { openRegistryStore } from '../../shared/stores/registry/open-registry-store.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

const CLAIM = {
  ...{ workerId: 'w', limit: 10, leaseMs: 60_000 },
  ...{ isPreempting: false, attemptsMax: 3, isReturning: false },
};
const CASE_MS = 60_000;

describe(
  'a Redis cluster',
  () => {
    let cluster: RedisCluster;
    const opened: PartitionStore[] = [];
    beforeAll(async () => {
      cluster = await RedisCluster.start();
    }, CASE_MS);
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    });
    afterAll(() => cluster.stop());

    async function open(namespace: string, url = cluster.url) {
      const store = await openPartitionStore({ type: 'redis', url }, namespace);
      opened.push(store);
      return store;
    }

    async function planned(store: PartitionStore, count: number) {
      const { epoch } = await store.campaign({ candidate: 'leader', leaseMs: 60_000 });
      const partitions = Array.from({ length: count }, (_, nth) => ({
        ...{ min: BigInt(nth), max: BigInt(nth), options: {}, priority: 0 },
      }));
      await store.plan({ epoch, after: null, to: BigInt(count) - 1n, partitions });
    }

    const ownerOf = (namespace: string) => cluster.ownerOf(`logkit-fleet:{${namespace}}:state`);

    /** A name whose keys lie on that one of the masters. */
    async function namespaceOn(nth: number, name: string): Promise<string> {
      for (let at = 0; ; at += 1) {
        if ((await ownerOf(`${name}-${at}`)) === nth) return `${name}-${at}`;
      }
    }

    it('has the partitions of a namespace on the node that its keys belong to, whichever is named (B23)', async () => {
      for (const owner of [0, 1, 2]) {
        const namespace = await namespaceOn(owner, 'spread');
        for (const { address } of cluster.servers) {
          const store = await open(namespace, `redis://${address}`);
          if (address === cluster.servers[0]?.address) await planned(store, 9);
          expect(await store.claim({ ...CLAIM, limit: 3 })).toHaveLength(3);
        }
        const keys = await cluster.servers[owner]?.redis.keys(`*{${namespace}}*`);
        expect(keys).toContain(`logkit-fleet:{${namespace}}:state`);
      }
      expect(new Set(opened.map(({ identity }) => identity.id)).size).toBe(1);
    });

    it('is followed when it gives the keys to another node, with what is held', async () => {
      const namespace = await namespaceOn(0, 'moved');
      const store = await open(namespace);
      await planned(store, 4);
      const [held] = await store.claim({ ...CLAIM, limit: 1 });
      const slot = await cluster.slotOf(`logkit-fleet:{${namespace}}:state`);
      const refused: unknown[] = [];
      const ask = () => store.counts().catch((thrown: unknown) => refused.push(thrown));
      await cluster.move(slot, [0, 2], ask);
      await ask();

      const said = ['its cluster is just giving the keys', 'its cluster has given the keys'];
      expect(refused).toMatchObject(
        said.map((text) => ({ kind: 'unavailable', message: expect.stringContaining(text) })),
      );
      await waitFor('the other node', () => store.counts());

      const { id = 0, token = 0 } = held ?? {};
      expect(await store.settle([{ id, token, event: 'complete', items: 1 }])).toEqual(['done']);
      expect(await store.claim(CLAIM)).toHaveLength(3);
      await cluster.move(slot, [2, 0]);
    });

    it('has the documents of the strategy simple, and their locks', async () => {
      const place = { type: 'redis', url: cluster.url } as const;
      const namespace = await namespaceOn(1, 'simple');
      const store = await openPartitionStore(place, namespace, { strategy: 'simple' });
      opened.push(store);
      await planned(store, 3);

      expect(await store.claim(CLAIM)).toHaveLength(3);
      expect(
        await cluster.servers[1]?.redis.exists(`logkit-fleet:{${namespace}}:leader_lock`),
      ).toBe(1);
    });

    it('has one registry, whichever node is named', async () => {
      const owners: (number | null)[] = [];
      const revisions: number[] = [];
      for (const { address } of cluster.servers) {
        const store = await openRegistryStore({ type: 'redis', url: `redis://${address}` });
        owners.push(await store.own(address, 60_000));
        revisions.push(await store.revision());
        await store.close();
      }

      expect(owners).toEqual([expect.any(Number), null, null]);
      expect(new Set(revisions).size).toBe(1);
    });

    it('refuses a database other than 0, which clusters do not have', async () => {
      const refused = await open('x', `${cluster.url}/1`).catch((thrown: unknown) => thrown);

      expect(refused).toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining('SELECT is not allowed in cluster mode'),
      });
    });

    it('goes on with the replica of a node that has died, with greater tokens', async () => {
      const namespace = await namespaceOn(1, 'died');
      await cluster.addReplicaOf(1);
      const store = await open(namespace);
      await planned(store, 4);
      const [before] = await store.claim({ ...CLAIM, limit: 1 });
      const dead = cluster.servers[1];
      // What was written before this is copied before it.
      await dead?.redis.set(`{${namespace}}:mark`, 1);
      await waitFor('the copy', async () => (await dead?.redis.wait(1, 1_000)) === 1);
      await dead?.stop();

      await waitFor('the replica', () => store.counts(), 30_000);
      const [after] = await store.claim({ ...CLAIM, limit: 1 });
      expect(after?.id).toBe(2);
      expect(after?.token).toBeGreaterThan((before?.token ?? 0) + 1);
    });
  },
  CASE_MS,
);
