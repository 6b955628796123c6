import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MariadbServer } from '../../../test/support/mariadb-server.ts';
import { Reading } from '../../../test/support/reading.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { mysqlReader } from './mysql.ts';

describe('the mysql reader, of MariaDB', () => {
  let server: MariadbServer;
  let tables = 0;

  beforeAll(async () => {
    server = await MariadbServer.start();
  }, 30_000);
  afterAll(() => server.stop());

  /** A table of its own. */
  async function table(columns: string): Promise<string> {
    tables += 1;
    await server.run(`CREATE TABLE t${tables} (${columns}) ENGINE=InnoDB`);
    return `t${tables}`;
  }

  const options = (more: Record<string, string>) => ({
    mysql_datasource: server.datasource,
    mysql_database: 'test',
    mysql_settle_delay: '200ms',
    mysql_poll_interval: '20ms',
    ...more,
  });

  it('does not miss a row of a transaction that commits after later rows', async () => {
    const name = await table('id bigint AUTO_INCREMENT PRIMARY KEY, word text');
    const late = await server.connection();
    await late.query(`BEGIN; INSERT INTO ${name} (word) VALUES ('late')`);
    await server.run(`INSERT INTO ${name} (word) VALUES ('early')`);
    const reading = new Reading(
      mysqlReader,
      options({ mysql_table: name, mysql_offset_key: 'id' }),
    );
    await waitFor('two looks at the open transaction', async () => {
      const [row] = await server.rows(
        "SELECT sum(variable_value) AS n FROM information_schema.global_status WHERE variable_name = 'com_select'",
      );
      return Number(row?.['n']) > 6;
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

  it('goes on behind the last row that was settled, also beyond what a double holds', async () => {
    const name = await table('id bigint PRIMARY KEY');
    await server.run(`INSERT INTO ${name} SELECT 9007199254740990 + seq FROM seq_1_to_250`);
    const keyed = options({ mysql_table: name, mysql_offset_key: 'id', mysql_limit_batch: '40' });
    const first = new Reading(mysqlReader, keyed, { limits: { lines: 100 } });
    await first.until(250);
    await first.stop();

    const [one, two] = first.batches;
    const positions = new Map([[one?.source ?? '', one?.position]]);
    const sealed = new Map([
      [two?.source ?? '', two?.range ?? { generation: 0, start: 0, end: 0 }],
    ]);
    const again = new Reading(mysqlReader, keyed, { positions, sealed, limits: { lines: 7 } });
    await again.until(150);
    await again.stop();

    expect(again.batches[0]?.bytes).toEqual(two?.bytes);
    expect(again.lines).toEqual(first.lines.slice(100));
  });

  it('tells apart rows of the same time by their primary key', async () => {
    const name = await table('id int PRIMARY KEY, made datetime');
    await server.run(
      `INSERT INTO ${name} SELECT seq, '2026-11-20 20:30:00' + INTERVAL (seq DIV 50) SECOND FROM seq_1_to_200`,
    );
    const reading = new Reading(
      mysqlReader,
      options({
        ...{ mysql_table: name, mysql_timestamp_key: 'made', mysql_limit_batch: '7' },
        mysql_start_time: '2026-11-20 20:30:01',
      }),
    );
    await reading.until(151);
    await reading.stop();

    const ids = reading.records.map((record) => (record as { id: number }).id);
    expect(ids).toEqual(Array.from({ length: 151 }, (_, index) => index + 50));
  });

  it('keeps every digit, and says dates and bytes as JSON can', async () => {
    const name = await table(
      'big bigint, exact decimal(30,10), bytes varbinary(9), at timestamp(2) NULL, made datetime,' +
        ' day date, bits bit(9), word varchar(20), none int',
    );
    await server.run(
      `SET time_zone = '+08:00'; INSERT INTO ${name} VALUES (-9007199254740993, 12345678901234567890.5, x'00ff',` +
        " '2026-11-20 20:30:26.32', '2026-11-20 20:30:26', '2026-11-20', b'100000001', 'zwei\nü\"', NULL)",
    );
    const reading = new Reading(
      mysqlReader,
      options({ mysql_sql: `SELECT * FROM ${name};`, mysql_time_zone: '+08:00' }),
    );

    expect(await reading.until(1)).toEqual([
      '{"big":-9007199254740993,"exact":12345678901234567890.5000000000,"bytes":"AP8=",' +
        '"at":"2026-11-20T12:30:26.32Z","made":"2026-11-20T20:30:26+08:00","day":"2026-11-20",' +
        '"bits":257,"word":"zwei\\nü\\"","none":null}',
    ]);
    await reading.stop();
  });

  it('reads all rows again at each time of its schedule', async () => {
    const reading = new Reading(
      mysqlReader,
      options({
        mysql_sql: 'SELECT seq FROM seq_1_to_30',
        mysql_cron: '1s',
        mysql_limit_batch: '7',
      }),
    );
    await reading.until(60);
    await reading.stop();

    expect(new Set(reading.batches.map(({ range }) => range.generation)).size).toBeGreaterThan(1);
  });

  it('says that the connection is lost in the middle of a query', async () => {
    const reading = new Reading(
      mysqlReader,
      options({
        mysql_sql: "SELECT seq, repeat('x', 2000), sleep(0.005) FROM seq_1_to_100000",
        mysql_limit_batch: '10',
      }),
    );
    await reading.until(10);
    const [row] = await server.rows(
      "SELECT id FROM information_schema.processlist WHERE info LIKE '%sleep(0.005)%' AND id <> connection_id()",
    );
    await server.run(`KILL ${Number(row?.['id'])}`);

    expect(await reading.failure()).toMatchObject({ kind: 'unavailable' });
  });

  it('says what is wrong with a query, and that it may not look at transactions', async () => {
    const wrong = new Reading(mysqlReader, options({ mysql_sql: 'SELECT * FROM nothing' }));
    expect(await wrong.failure()).toMatchObject({ kind: 'invalid' });

    const name = await table('id int PRIMARY KEY');
    await server.run(
      `INSERT INTO ${name} VALUES (1); CREATE USER guest; GRANT SELECT ON test.* TO guest`,
    );
    const blind = new Reading(mysqlReader, {
      ...options({ mysql_table: name, mysql_offset_key: 'id' }),
      mysql_datasource: `mysql://guest@127.0.0.1:${server.port}`,
    });
    expect(await blind.failure()).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('PROCESS'),
    });
  });
});
