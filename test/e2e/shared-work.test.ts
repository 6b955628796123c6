import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FleetProcess, freePort } from '../support/fleet-process.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { waitFor } from '../support/wait-for.ts';

const ROWS = 6_000;
const LEASE_MS = 2_000;
const CASE_MS = 240_000;

let dir = '';
let server: PostgresServer;
const agents: FleetProcess[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shared-'));
  server = await PostgresServer.start();
  await server.run('CREATE TABLE orders (id bigint PRIMARY KEY, text text)');
  await server.run(
    `INSERT INTO orders SELECT 1000 + n, 'row ' || n FROM generate_series(1, ${ROWS}) AS n`,
  );
}, CASE_MS);

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.remove()));
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

async function startAgents(count: number): Promise<FleetProcess[]> {
  const started = await Promise.all(
    Array.from({ length: count }, async () =>
      FleetProcess.start({
        bind_host: `127.0.0.1:${await freePort()}`,
        static_root_path: '',
        store: { type: 'sqlite', path: join(dir, 'partitions.db') },
      }),
    ),
  );
  agents.push(...started);
  return started;
}

function runner(key: string, sender: Record<string, string>, size = 250) {
  return {
    batch_len: 25,
    partition: { key, size, window: 2, lease_ms: LEASE_MS, planner_interval_ms: 200 },
    reader: {
      ...{ mode: 'postgres', postgres_datasource: server.datasource },
      ...{ postgres_table: 'orders', postgres_offset_key: 'id', postgres_settle_delay: '100ms' },
    },
    parser: { type: 'json' },
    senders: [sender],
  };
}

async function add(agent: FleetProcess, name: string, config: object): Promise<void> {
  const answer = await agent.ask('POST', `/logkit/configs/${name}`, config);
  expect(answer).toMatchObject({ status: 200 });
}

async function workerOf(agent: FleetProcess, name: string): Promise<string> {
  return (await agent.get('/logkit/status')).body.data[name].partition.worker_id;
}

async function stats(agent: FleetProcess, key: string) {
  return (await agent.get(`/logkit/partitions/${key}/api/v1/stats`)).body;
}

/** One dies, another one stands still for longer than its lease; the third sees it through. */
async function hurt(key: string, name: string, progress: () => Promise<number>): Promise<void> {
  const [first, second, third] = agents;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three');
  const workers = await Promise.all([first, second].map((agent) => workerOf(agent, name)));
  const held = async (worker = '') =>
    (await third.get(`/logkit/partitions/${key}/api/v1/partitions?worker_id=${worker}`)).body
      .partitions.length;
  /** Stops it at a moment at which it holds something. */
  const stopAtWork = (agent: FleetProcess, worker = '') =>
    waitFor('a partition that it holds', async () => {
      agent.signal('SIGSTOP');
      // One that stands still in the middle of a transaction keeps everybody from asking.
      if ((await held(worker).catch(() => 0)) > 0) return true;
      agent.signal('SIGCONT');
      return false;
    });
  await waitFor('a tenth of the work', async () => (await progress()) > ROWS / 10);
  await stopAtWork(first, workers[0]);
  await first.end('SIGKILL');
  await waitFor('a third of the work', async () => (await progress()) > ROWS / 3);
  await stopAtWork(second, workers[1]);
  await waitFor(
    'all partitions',
    async () => (await stats(third, key)).completed === ROWS / 250,
    CASE_MS / 2,
  );
  second.signal('SIGCONT');
  await waitFor('the second one again', async () => (await stats(second, key)).running === 0);
  await first.run();
}

describe('work that three agents share, of which one is killed and one stands still', () => {
  test(
    'puts each row into a table once',
    async () => {
      await startAgents(3);
      await server.run('CREATE TABLE sunk (record_id varchar(255) UNIQUE, id bigint, text text)');
      // So that there is something under way whenever an agent ends.
      await server.run(
        'CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS ' +
          '$$ BEGIN PERFORM pg_sleep(0.15); RETURN NULL; END $$',
      );
      await server.run(
        'CREATE TRIGGER slow BEFORE INSERT ON sunk FOR EACH STATEMENT EXECUTE FUNCTION slow()',
      );
      const config = runner('to-postgres', {
        sender_type: 'postgres',
        postgres_datasource: server.datasource,
        postgres_table: 'sunk',
      });
      for (const agent of agents) await add(agent, 'orders', config);
      const count = async () =>
        Number((await server.rows('SELECT count(*) FROM sunk'))[0]?.['count']);

      await hurt('to-postgres', 'orders', count);

      const [sum] = await server.rows('SELECT count(*), count(DISTINCT id) AS ids FROM sunk');
      expect(sum).toEqual({ count: String(ROWS), ids: String(ROWS) });
    },
    CASE_MS,
  );

  test(
    'publishes each row in the file of one partition',
    async () => {
      const out = join(dir, 'out');
      const config = runner('to-files', {
        sender_type: 'csv',
        csv_fields: 'id,text',
        csv_path_prefix: join(out, 'orders.csv'),
        max_send_rate: '400',
      });
      for (const agent of agents) await add(agent, 'files', config);
      const published = async () =>
        (await readdir(out).catch(() => [])).filter((name) => !name.startsWith('.'));

      await hurt('to-files', 'files', async () => (await published()).length * 250);

      const texts = await Promise.all(
        (await published()).map((name) => readFile(join(out, name), 'utf8')),
      );
      const ids = texts
        .flatMap((text) => text.trim().split('\n'))
        .map((line) => line.split(',')[0]);
      expect(ids).toHaveLength(ROWS);
      expect(new Set(ids).size).toBe(ROWS);
    },
    CASE_MS,
  );
});
