import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresServer } from '../../../test/support/postgres-server.ts';
import { Reading } from '../../../test/support/reading.ts';
import { postgresReader } from './postgres.ts';

describe('the postgres reader, of tables of a pattern', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(() =>
    server.run('DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop; SET search_path TO shop'),
  );

  const table = (name: string, words: string) =>
    server.run(
      `CREATE TABLE ${name} (id serial PRIMARY KEY, word text); ` +
        `INSERT INTO ${name} (word) SELECT unnest('{${words}}'::text[])`,
    );
  const options = (name: string, more: Record<string, string> = {}) => ({
    ...{ postgres_datasource: server.datasource, postgres_database: 'postgres' },
    ...{ postgres_schema: 'shop', postgres_table: name, postgres_offset_key: 'id' },
    ...{ postgres_settle_delay: '20ms', postgres_poll_interval: '20ms' },
    ...more,
  });
  const wordsOf = (lines: readonly string[]) =>
    lines.map((line) => (JSON.parse(line) as { word: string }).word).toSorted();

  it('goes on in each where it was left, and takes up those that come later', async () => {
    await table('log_a', 'a1,a2');
    const first = new Reading(postgresReader, options('log_*'));
    await first.until(2);
    await table('log_b', 'b1');
    await first.until(3);
    const positions = await first.stop();

    await server.run("INSERT INTO log_b (word) VALUES ('b2')");
    const again = new Reading(postgresReader, options('log_*'), { positions });
    await again.until(1);
    await again.stop();
    expect(wordsOf(first.lines)).toEqual(['a1', 'a2', 'b1']);
    expect(wordsOf(again.lines)).toEqual(['b2']);
  });

  it('knows another table of the same name, also when it was made while nobody looked', async () => {
    await table('log_a', 'a1,a2,a3');
    const first = new Reading(postgresReader, options('log_*'));
    await first.until(3);
    await server.run('DROP TABLE log_a');
    await table('log_a', 'b1');
    await first.until(4);
    const positions = await first.stop();
    await server.run('DROP TABLE log_a');
    await table('log_a', 'c1');
    const again = new Reading(postgresReader, options('log_*'), { positions });
    await again.until(1);
    await again.stop();

    expect([first.lines.at(-1), again.lines.at(0)]).toEqual([
      '{"id":1,"word":"b1"}',
      '{"id":1,"word":"c1"}',
    ]);
  });

  it('reads the rows of partitions once, by their table or by their own names', async () => {
    await server.run(
      'CREATE TABLE log (id int PRIMARY KEY, word text) PARTITION BY RANGE (id);' +
        ' CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10);' +
        " INSERT INTO log VALUES (1, 'one')",
    );
    const all = new Reading(postgresReader, options('log*'));
    await all.until(1);
    const parts = new Reading(postgresReader, options('log_*'));
    await parts.until(1);
    await server.run("INSERT INTO log VALUES (2, 'two')");
    await all.until(2);
    await parts.until(2);
    await all.stop();
    await parts.stop();

    expect(wordsOf(all.lines)).toEqual(['one', 'two']);
    expect(wordsOf(parts.lines)).toEqual(['one', 'two']);
    expect(parts.batches.at(-1)?.origin).toMatch(/shop\.log_1$/);
  });
});
