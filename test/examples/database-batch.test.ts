import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../examples/database_batch/database.ts';
import { recordProcessor } from '../../examples/database_batch/record-work.ts';
import { ExampleProcess } from '../support/example-process.ts';
import { freePort } from '../support/fleet-process.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { waitFor } from '../support/wait-for.ts';

const MAIN = 'database_batch/main.ts';
const FILL = 'database_batch/fill.ts';

describe('the example database_batch', () => {
  let postgres: PostgresServer;
  let dir: string;
  let env: Record<string, string>;
  const started: ExampleProcess[] = [];

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    dir = await mkdtemp(join(tmpdir(), 'database-batch-'));
    env = {
      DATABASE_URL: `postgres://postgres@127.0.0.1:${postgres.port}/postgres`,
      STORE_PATH: join(dir, 'store.db'),
    };
  });

  afterAll(async () => {
    for (const each of started) await each.stop('SIGKILL');
    await postgres.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function fill(count: number): Promise<void> {
    expect(await new ExampleProcess(FILL, env, [String(count)]).end()).toBe(0);
  }

  async function work(worker: string): Promise<ExampleProcess> {
    const process = new ExampleProcess(MAIN, { ...env, WORKER_ID: worker });
    started.push(process);
    await process.says('is at work');
    return process;
  }

  async function sums(): Promise<unknown> {
    const [row] = await postgres.rows(
      `SELECT count(*)::int AS records, count(*) FILTER (WHERE processed)::int AS processed,
        count(*) FILTER (WHERE total <> amount)::int AS wrong FROM records`,
    );
    return row;
  }

  async function processed(count: number): Promise<void> {
    const sql = 'SELECT count(*)::int AS n FROM records WHERE processed';
    await waitFor(
      `${count} records`,
      async () => Number((await postgres.rows(sql))[0]?.['n']) >= count,
    );
  }

  it('processes each record once, also when a process is killed', async () => {
    await fill(60_000);
    const [first, second] = await Promise.all([work('a'), work('b')]);
    await processed(1_000);
    await first.stop('SIGKILL');
    const third = await work('c');
    await processed(40_000);

    expect(await sums()).toEqual({ records: 40_000, processed: 40_000, wrong: 0 });
    await fill(3_000);
    await processed(42_000);
    expect(await sums()).toEqual({ records: 42_000, processed: 42_000, wrong: 0 });
    expect(await second.stop()).toBe(0);
    expect(await third.stop()).toBe(0);
  });

  it('takes nothing with a token older than one that was there', async () => {
    const pool = await openDatabase(env['DATABASE_URL'] ?? '');
    const processor = recordProcessor(pool);
    const { signal } = new AbortController();
    const tools = { id: 1, signal, checkpoint: null, save: async () => {} };
    await pool.query('INSERT INTO records (id, amount) VALUES (900001, 7), (900002, 8)');

    expect(await processor.process(900_001n, 900_001n, {}, { ...tools, token: 5 })).toBe(1);
    await expect(processor.process(900_001n, 900_002n, {}, { ...tools, token: 4 })).rejects.toThrow(
      'a newer token than 4 was here',
    );
    // Repeated under a newer token, it does what is left.
    expect(await processor.process(900_001n, 900_002n, {}, { ...tools, token: 6 })).toBe(1);
    const { rows } = await pool.query(
      'SELECT id, total FROM records WHERE id > 900000 ORDER BY id',
    );
    expect(rows).toEqual([
      { id: '900001', total: '7' },
      { id: '900002', total: '8' },
    ]);
    await pool.end();
  });

  it('says what to do when PostgreSQL is not there', async () => {
    const url = `postgres://postgres@127.0.0.1:${await freePort()}/postgres`;
    const alone = new ExampleProcess(MAIN, { ...env, DATABASE_URL: url });

    expect(await alone.end()).toBe(1);
    expect(alone.output).toMatch(
      /^ERROR: PostgreSQL cannot be used: connect ECONNREFUSED .*; start it, or set DATABASE_URL/,
    );
  });
});
