import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import type { FleetProcess } from '../support/fleet-process.ts';
import { rawRunner } from '../support/lines.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';

const SECRET = 'the-secret-of-this-cluster';
const headers = { authorization: `Bearer ${SECRET}` };

describe('real agents that are to share work', () => {
  let cluster: Cluster;
  let redis: RedisServerProcess;
  afterEach(async () => {
    await cluster.end();
    await redis.stop();
  });

  const ask = async (fleet: FleetProcess, method: string, path: string, body?: unknown) =>
    fleet.ask(method, path, body, headers);
  const storeOf = async (agent: FleetProcess) =>
    (await ask(agent, 'GET', '/logkit/partitions/store')).body.data.store;

  it('tell their master which store they have, and change nothing where it is not one', async () => {
    cluster = new Cluster();
    redis = await RedisServerProcess.start();
    const secret = { cluster: { secret: SECRET } };
    const store = { type: 'redis', url: `redis://${redis.address}` };
    const master = await cluster.master(secret);
    const [one, two, local, none] = await Promise.all([
      cluster.agent([master], 'a', { ...secret, store }),
      cluster.agent([master], 'b', { ...secret, store }),
      cluster.agent([master], 'c', { ...secret, store: { type: 'sqlite' } }),
      cluster.agent([master], 'd', secret),
    ]);
    const slaves = async () => (await ask(master, 'GET', '/logkit/cluster/slaves')).body.data;
    await waitFor('four agents', async () => (await slaves()).length === 4);
    const runner = {
      ...rawRunner(join(master.dir, 'app.log'), 'out.txt'),
      partition: { key: 'orders' },
    };

    const stores = await Promise.all([one, two, local, none].map(storeOf));
    const refused = await ask(master, 'POST', '/logkit/cluster/configs/r1', runner);
    const names = await ask(master, 'GET', '/logkit/cluster/runners');

    expect(stores).toEqual([
      { type: 'redis', id: expect.stringMatching(/^[\da-f-]{36}$/) },
      stores[0],
      { type: 'sqlite', id: expect.stringMatching(/^[\da-f-]{36}@[\da-f-]{36}$/) },
      null,
    ]);
    expect(refused).toMatchObject({ status: 400, body: { code: 'L2006' } });
    for (const line of [`store redis ${stores[0].id}: `, `store is not set: ${none.url}`]) {
      expect(refused.body.message).toContain(line);
    }
    expect(names.body.data).toEqual([]);
  });
});
