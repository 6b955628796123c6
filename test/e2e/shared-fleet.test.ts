import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cluster, waitForSlaves } from '../support/cluster.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';

const ROWS = 1_000;
const SIZE = 100;
const CASE_MS = 120_000;
const WORK = '/logkit/cluster/partitions/orders/api/v1';

describe('a runner that a master gives to agents with one Redis', () => {
  let cluster: Cluster;
  let redis: RedisServerProcess;
  let postgres: PostgresServer;
  beforeEach(async () => {
    cluster = new Cluster();
    [redis, postgres] = await Promise.all([RedisServerProcess.start(), PostgresServer.start()]);
    await postgres.run('CREATE TABLE orders (id bigint PRIMARY KEY, text text)');
    await postgres.run(
      `INSERT INTO orders SELECT n, 'row ' || n FROM generate_series(1, ${ROWS}) AS n`,
    );
  }, CASE_MS);
  afterEach(async () => {
    await cluster.end();
    await Promise.all([redis.stop(), postgres.stop()]);
  });

  it(
    'is worked off once by all of them, seen by way of the master, also when one is gone',
    async () => {
      const store = { type: 'redis', url: `redis://${redis.address}` };
      const master = await cluster.master();
      const [one, two] = await Promise.all([
        cluster.agent([master], 'work', { store }),
        cluster.agent([master], 'work', { store }),
      ]);
      await waitForSlaves(master, 2);

      const added = await master.ask('POST', '/logkit/cluster/configs/r1?tag=work', {
        partition: { key: 'orders', size: SIZE, planner_interval_ms: 100 },
        reader: {
          ...{ mode: 'postgres', postgres_datasource: postgres.datasource },
          ...{ postgres_table: 'orders', postgres_offset_key: 'id' },
          postgres_settle_delay: '100ms',
        },
        parser: { type: 'json' },
        senders: [{ sender_type: 'discard' }],
      });
      expect(added).toEqual({ status: 200, body: { code: 'L200' } });
      const listed = await master.get('/logkit/cluster/partitions');
      const stats = async () => (await master.get(`${WORK}/stats`)).body;
      await waitFor('all of the work', async () => (await stats()).completed === ROWS / SIZE);
      await one.end('SIGKILL');
      const alone = await master.get(`${WORK}/workers`);

      expect(listed.body.data).toEqual({
        keys: { orders: expect.arrayContaining([one.url, two.url]) },
        errors: {},
      });
      expect(await stats()).toMatchObject({ completed: ROWS / SIZE, failed: 0, dead: 0 });
      expect(alone.status).toBe(200);
    },
    CASE_MS,
  );
});
