import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPartitionStore } from '../../shared/stores/partitions/open-partition-store.ts';
import { HttpRecorder, type Recorded } from '../../test/support/http-recorder.ts';
import { PostgresServer } from '../../test/support/postgres-server.ts';
import { RunnersRig } from '../../test/support/runners-rig.ts';
import { waitFor } from '../../test/support/wait-for.ts';

const ROWS = 100;

let server: PostgresServer;
let rig: RunnersRig;

beforeAll(async () => {
  server = await PostgresServer.start();
  await server.run('CREATE TABLE events (id bigint PRIMARY KEY, kind text)');
  await server.run(
    `INSERT INTO events SELECT n, 'k' || n % 3 FROM generate_series(1, ${ROWS}) AS n`,
  );
  await server.run('CREATE TABLE twice AS SELECT 1 AS id FROM generate_series(1, 2)');
}, 60_000);
afterAll(() => server.stop());

beforeEach(async () => {
  rig = await RunnersRig.create({ openPartitions: (namespace) => store(namespace) });
});
afterEach(() => rig.remove());

function store(namespace: string) {
  return openPartitionStore({ type: 'sqlite', path: join(rig.dir, 'data', 'p.db') }, namespace);
}

const reader = (table = 'events') => ({
  ...{ mode: 'postgres', postgres_datasource: server.datasource, postgres_table: table },
  ...{ postgres_offset_key: 'id', postgres_settle_delay: '20ms' },
});

const shared = (change: object = {}) => ({
  partition: { key: 'events', size: 10, lease_ms: 2_000, planner_interval_ms: 100 },
  reader: reader(),
  parser: { type: 'json' },
  senders: [{ sender_type: 'file', file_send_path: rig.sink() }],
  ...change,
});

const done = (name = 'r1') => rig.status(name)?.partition?.partitions.completed;

describe('a runner whose work agents share', () => {
  it('shows what is planned, done and held, and publishes a file a partition', async () => {
    await rig.add('r1', shared());
    await waitFor('all partitions', () => done() === ROWS / 10);

    const { partition, readDataCount, senderStats } = rig.status() ?? {};
    expect(partition).toMatchObject({
      ...{ key: 'events', planned_to: String(ROWS), is_paused: false, held: [], others: [] },
      ...{ leader: 'agent-1', worker_id: 'agent-1', is_leader: true, active_workers: 1 },
    });
    expect(readDataCount).toBe(ROWS);
    expect(Object.values(senderStats ?? {})[0]).toMatchObject({ success: ROWS, errors: 0 });
    const files = (await readdir(rig.dir)).filter((name) => name.startsWith('r1.'));
    expect(files).toHaveLength(ROWS / 10);
    expect(files).toContain('r1.events-1.out');
    const texts = await Promise.all(files.map((name) => readFile(join(rig.dir, name), 'utf8')));
    const ids = texts.flatMap((text) => text.trim().split('\n')).map((line) => JSON.parse(line).id);
    expect(new Set(ids).size).toBe(ROWS);
  });

  it('goes on after a restart with what is new, and keeps its counters', async () => {
    await rig.add('r1', shared());
    await waitFor('all partitions', () => done() === ROWS / 10);
    await rig.restart();
    await server.run(`INSERT INTO events VALUES (${ROWS + 1}, 'new')`);
    try {
      await waitFor('one more', () => done() === ROWS / 10 + 1);

      expect(rig.status()?.readDataCount).toBe(ROWS + 1);
    } finally {
      await server.run(`DELETE FROM events WHERE id > ${ROWS}`);
    }
  });

  it('sends what it had begun to send as the very same batch, under the same key', async () => {
    const answered = Promise.withResolvers<undefined>();
    let requests = 0;
    const recorder = await HttpRecorder.open(async () => {
      requests += 1;
      if (requests === 5) await answered.promise;
      return { status: 200 };
    });
    const senders = [{ sender_type: 'http', http_sender_url: recorder.url }];
    await rig.add('r1', shared({ senders, batch_len: 4 }));
    await waitFor('the fifth batch', () => requests === 5);
    // It is given up, and the next life of the agent does not know what has become of it.
    await rig.restart();
    answered.resolve(undefined);
    await waitFor('all partitions', () => done() === ROWS / 10);
    await recorder.close();

    const keyOf = ({ headers }: Recorded) => headers['idempotency-key'];
    const keys = recorder.received.map(keyOf);
    expect(keys.filter((key) => key === keys[4])).toHaveLength(2);
    expect(keys).toHaveLength((ROWS / 10) * 3 + 1);
    const [first, again] = recorder.received.filter((one) => keyOf(one) === keys[4]);
    expect(again?.body).toBe(first?.body);
  });

  it('buries a partition that cannot be read, and says why', async () => {
    const partition = { ...shared().partition, attempts_max: 1, key: 'twice' };
    await rig.add('r1', shared({ reader: reader('twice'), partition }));

    await waitFor('a dead one', () => rig.status()?.partition?.partitions.dead === 1);

    expect(rig.status()?.error).toContain('1 partitions are dead');
    expect(rig.runners.view.errorsOf('r1').read_errors?.at(-1)?.error).toContain(
      'has the same value in several rows',
    );
  });

  it('says that the source is away, and plans when it is back', async () => {
    const away = { ...reader(), postgres_datasource: 'host=127.0.0.1 port=1 user=postgres' };
    await rig.add('r1', shared({ reader: away }));
    await waitFor('a trouble', () => rig.status()?.error?.includes('127.0.0.1:1') === true);

    await rig.runners.update('r1', rig.config('r1', shared()), false);

    await waitFor('all partitions', () => done() === ROWS / 10);
    expect(rig.status()?.error).toBeUndefined();
  });

  it('is reset for nobody, and of one agent only one runner has a key', async () => {
    await rig.add('r1', shared());

    await expect(rig.runners.reset('r1')).rejects.toThrow('give the runner another partition.key');
    await expect(rig.add('r2', shared())).rejects.toThrow(
      'runner r1 of this agent shares its work by the key "events" already',
    );
  });

  it.each([
    [
      { reader: { mode: 'socket', socket_service_address: 'tcp://127.0.0.1:0' } },
      'what the reader socket reads cannot be',
    ],
    [{ cleaner: { delete_enable: 'true' } }, 'a cleaner does not know what other agents have read'],
    [{ reader: { ...reader2(), postgres_table: 'log_*' } }, 'name one table'],
  ])('is refused with %j', async (change, why) => {
    await expect(rig.add('r1', shared(change))).rejects.toThrow(why);
  });
});

function reader2() {
  return {
    ...{ mode: 'postgres', postgres_datasource: 'host=127.0.0.1 user=postgres' },
    postgres_offset_key: 'id',
  };
}

describe('an agent without a store', () => {
  it('refuses to share work', async () => {
    const alone = await RunnersRig.create();
    const senders = [{ sender_type: 'discard' }];
    await expect(alone.add('r1', shared({ senders }))).rejects.toThrow(
      'set "store" in the main configuration',
    );
    await alone.remove();
  });
});
