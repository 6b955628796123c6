import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresServer } from '../../../test/support/postgres-server.ts';
import { Reading } from '../../../test/support/reading.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { postgresReader } from './postgres.ts';

describe('the postgres reader', () => {
  let server: PostgresServer;
  let tables = 0;

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());

  /** A table of its own. */
  async function table(columns: string): Promise<string> {
    tables += 1;
    await server.run(`CREATE TABLE t${tables} (${columns})`);
    return `t${tables}`;
  }

  const options = (more: Record<string, string>) => ({
    postgres_datasource: server.datasource,
    postgres_database: 'postgres',
    postgres_settle_delay: '20ms',
    postgres_poll_interval: '20ms',
    ...more,
  });

  it('does not miss a row of a transaction that commits after later rows', async () => {
    const name = await table('id serial PRIMARY KEY, word text');
    const late = await server.client();
    await late.query('BEGIN');
    await late.query(`INSERT INTO ${name} (word) VALUES ('late')`);
    await server.run(`INSERT INTO ${name} (word) VALUES ('early')`);
    const reading = new Reading(
      postgresReader,
      options({ postgres_table: name, postgres_offset_key: 'id' }),
    );
    await waitFor('a look at the open transaction', async () => {
      const seen = await server.rows(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'logkit-fleet' AND query LIKE '%pg_locks%'",
      );
      return seen.length > 0;
    });
    expect(reading.lines).toEqual([]);

    await late.query('COMMIT');
    await reading.until(2);
    await server.run(`INSERT INTO ${name} (word) VALUES ('after')`);

    expect(await reading.until(3)).toEqual([
      '{"id":1,"word":"late"}',
      '{"id":2,"word":"early"}',
      '{"id":3,"word":"after"}',
    ]);
    await reading.stop();
  });

  it('does not miss a time that a transaction took from its beginning', async () => {
    const name = await table('id int PRIMARY KEY, made timestamptz DEFAULT now()');
    const late = await server.client();
    await late.query('BEGIN');
    await late.query('SELECT 1');
    await server.run(`INSERT INTO ${name} VALUES (2)`);
    const reading = new Reading(
      postgresReader,
      options({ postgres_table: name, postgres_timestamp_key: 'made' }),
    );
    await waitFor('a look at the open transaction', async () => {
      const seen = await server.rows(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'logkit-fleet' AND query LIKE '%pg_locks%'",
      );
      return seen.length > 0;
    });
    await late.query(`INSERT INTO ${name} VALUES (1)`);
    await late.query('COMMIT');

    await reading.until(2);
    expect(reading.records).toMatchObject([{ id: 1 }, { id: 2 }]);
    await reading.stop();
  });

  it('goes on behind the last row that was settled, and gives a sealed batch again', async () => {
    const name = await table('id bigint PRIMARY KEY');
    await server.run(`INSERT INTO ${name} SELECT generate_series(1, 250)`);
    const keyed = options({
      postgres_table: name,
      postgres_offset_key: 'id',
      postgres_limit_batch: '40',
    });
    const first = new Reading(postgresReader, keyed, { limits: { lines: 100 } });
    await first.until(250);
    await first.stop();
    expect(first.batches.map(({ lines }) => lines)).toEqual([100, 100, 50]);

    const [one, two] = first.batches;
    const positions = new Map([[first.source, one?.position]]);
    const sealed = new Map([[first.source, first.rangeOf(1)]]);
    const again = new Reading(postgresReader, keyed, { positions, sealed, limits: { lines: 7 } });
    await again.until(150);
    await again.stop();

    expect(again.batches[0]?.range).toEqual(two?.range);
    expect(again.batches[0]?.bytes).toEqual(two?.bytes);
    expect(again.lines).toEqual(first.lines.slice(100));
  });

  it('tells apart rows of the same time by their primary key', async () => {
    const name = await table('id int PRIMARY KEY, made timestamp');
    await server.run(
      `INSERT INTO ${name} SELECT n, '2026-11-20 20:30:00'::timestamp + (n / 50) * interval '1s' FROM generate_series(1, 200) AS n`,
    );
    const reading = new Reading(
      postgresReader,
      options({
        ...{ postgres_table: name, postgres_timestamp_key: 'made', postgres_limit_batch: '7' },
        postgres_start_time: '2026-11-20 20:30:01',
      }),
    );
    await reading.until(151);
    await reading.stop();

    const ids = reading.records.map((record) => (record as { id: number }).id);
    expect(ids).toEqual(Array.from({ length: 151 }, (_, index) => index + 50));
  });

  it('keeps every digit, and says dates and bytes as JSON can', async () => {
    const query = `SELECT 9007199254740993::bigint AS big, 0.10::numeric AS exact, 'NaN'::float8 AS nan,
      '\\x00ff'::bytea AS bytes, '2026-11-20 20:30:26.32+08'::timestamptz AS at,
      '2026-11-20 20:30:26'::timestamp AS local, '2026-11-20'::date AS day, true AS yes, NULL AS none,
      '{"a": [1,
      2]}'::json AS inner, ARRAY['a,"b', NULL] AS words, ARRAY[[1,2],[3,4]] AS grid, E'two\\nlines' AS text`;
    const reading = new Reading(
      postgresReader,
      options({ postgres_sql: `${query};`, postgres_time_zone: '+08:00' }),
    );
    const [line = ''] = await reading.until(1);
    await reading.stop();

    expect(line).toContain('"big":9007199254740993,"exact":0.10,"nan":"NaN","bytes":"AP8="');
    expect(JSON.parse(line)).toMatchObject({
      ...{ at: '2026-11-20T12:30:26.32Z', local: '2026-11-20T20:30:26+08:00', day: '2026-11-20' },
      ...{ yes: true, none: null, inner: { a: [1, 2] }, words: ['a,"b', null] },
      ...{
        grid: [
          [1, 2],
          [3, 4],
        ],
        text: 'two\nlines',
      },
    });
  });

  it('reads all rows again at each time of its schedule', async () => {
    const name = await table('id int');
    await server.run(`INSERT INTO ${name} SELECT generate_series(1, 30)`);
    const reading = new Reading(
      postgresReader,
      options({ postgres_table: name, postgres_cron: '1s', postgres_limit_batch: '7' }),
    );
    await reading.until(60);
    await reading.stop();

    const generations = new Set(reading.batches.map(({ range }) => range.generation));
    expect(generations.size).toBeGreaterThan(1);
    expect(reading.batches[0]?.range.start).toBe(0);
  });

  it('says what is wrong with a query, and with a server that is away', async () => {
    const wrong = new Reading(postgresReader, options({ postgres_sql: 'SELECT * FROM nothing' }));
    expect(await wrong.failure()).toMatchObject({ kind: 'invalid' });

    const away = new Reading(postgresReader, {
      ...options({ postgres_sql: 'SELECT 1' }),
      postgres_datasource: 'host=127.0.0.1 port=1 user=a password=secret',
    });
    expect(await away.failure()).toMatchObject({
      kind: 'unavailable',
      message: expect.not.stringContaining('secret'),
    });
  });
});
