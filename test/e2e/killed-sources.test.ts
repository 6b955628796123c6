import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FleetProcess, freePort } from '../support/fleet-process.ts';
import { linesIn } from '../support/lines.ts';
import { MariadbServer } from '../support/mariadb-server.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';

const KILLS = 2;
const ROWS = 300;
const TABLES = ['log_a', 'log_b'] as const;
/** The second one comes a round later. */
const TABLES_ROWS = (2 + 1) * ROWS;

describe('what comes from a database, once each, when the process is killed', () => {
  let program: FleetProcess;

  beforeEach(async () => {
    program = await FleetProcess.prepare({ bind_host: `127.0.0.1:${await freePort()}` });
  });
  afterEach(() => program.remove());

  const sink = () => join(program.dir, 'out.ndjson');
  const startRunner = (reader: object) =>
    writeFile(
      join(program.dir, 'confs', 'r1.conf'),
      JSON.stringify({
        ...{ name: 'r1', batch_len: 7, reader, parser: { type: 'json' } },
        senders: [{ sender_type: 'file', file_send_path: sink() }],
      }),
    );

  /** Fills the source again and again, and kills the process when some of that has arrived. */
  async function killed(fill: (round: number) => Promise<unknown>, total: number) {
    await program.run();
    for (let round = 0; round < KILLS; round += 1) {
      const before = (await linesIn(sink())).length;
      await fill(round);
      await waitFor('more', async () => (await linesIn(sink())).length > before);
      await program.end('SIGKILL');
      await program.run();
    }
    await waitFor('all', async () => (await linesIn(sink())).length >= total);
    await program.end();
    return (await linesIn(sink())).toSorted();
  }

  it.each<{ name: string; open: () => Promise<Source> }>([
    { name: 'MariaDB', open: openMariadb },
    { name: 'PostgreSQL', open: openPostgres },
  ])('from tables of $name by a pattern, of which one comes later', async ({ open }) => {
    const { server, reader, create, numbers } = await open();
    try {
      await startRunner(reader);
      const lines = await killed(async (round) => {
        for (const table of TABLES.slice(0, round + 1)) {
          await server.run(`CREATE TABLE IF NOT EXISTS ${table} (${create}, name text)`);
          await server.run(`INSERT INTO ${table} (name) SELECT '${table}' FROM ${numbers}`);
        }
      }, TABLES_ROWS);
      expect(lines).toEqual(await rowsOf(server));
    } finally {
      await server.stop();
    }
  });

  it('from a set of Redis', async () => {
    const server = await RedisServerProcess.start();
    const members = (round: number) =>
      Array.from({ length: ROWS }, (_, n) => `{"n":${round * ROWS + n}}`);
    try {
      await startRunner({
        ...{ mode: 'redis', redis_address: server.address },
        ...{ redis_datatype: 'set', redis_key: 'k' },
      });
      const lines = await killed(
        (round) => server.redis.sadd('k', ...members(round)),
        KILLS * ROWS,
      );
      expect(lines).toEqual([0, 1].flatMap(members).toSorted());
    } finally {
      await server.stop();
    }
  });
});

interface Source {
  readonly server: MariadbServer | PostgresServer;
  readonly reader: object;
  /** The column that rises. */
  readonly create: string;
  /** Something with so many rows. */
  readonly numbers: string;
}

async function openMariadb(): Promise<Source> {
  const server = await MariadbServer.start();
  return {
    server,
    reader: {
      ...{ mode: 'mysql', mysql_datasource: server.datasource, mysql_database: 'test' },
      ...{ mysql_table: 'log_*', mysql_offset_key: 'id' },
      ...{ mysql_settle_delay: '200ms', mysql_poll_interval: '20ms' },
    },
    create: 'id int AUTO_INCREMENT PRIMARY KEY',
    numbers: `seq_1_to_${ROWS}`,
  };
}

async function openPostgres(): Promise<Source> {
  const server = await PostgresServer.start();
  return {
    server,
    reader: {
      ...{ mode: 'postgres', postgres_datasource: server.datasource },
      ...{ postgres_database: 'postgres', postgres_table: 'log_*', postgres_offset_key: 'id' },
      ...{ postgres_settle_delay: '20ms', postgres_poll_interval: '20ms' },
    },
    create: 'id serial PRIMARY KEY',
    numbers: `generate_series(1, ${ROWS})`,
  };
}

/** The lines of all rows of the tables. */
async function rowsOf(server: MariadbServer | PostgresServer): Promise<string[]> {
  const rows: Record<string, unknown>[] = [];
  for (const table of TABLES) rows.push(...(await server.rows(`SELECT * FROM ${table}`)));
  return rows.map((row) => JSON.stringify({ id: Number(row['id']), name: row['name'] })).toSorted();
}
