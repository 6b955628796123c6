import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plansPieces } from '../../shared/coordinator/processor.ts';
import type { PluginOptions } from '../../shared/domain/runner-config.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { LIMITS } from '../../test/support/following.ts';
import { MariadbServer } from '../../test/support/mariadb-server.ts';
import { pluginContext } from '../../test/support/plugin-context.ts';
import { PostgresServer } from '../../test/support/postgres-server.ts';
import type {
  PartitionedSource,
  ReaderOpening,
  ReaderPlugin,
  SealedRange,
  SourceBatch,
} from '../plugins/plugin.ts';
import { mysqlReader } from '../plugins/readers/mysql.ts';
import { postgresReader } from '../plugins/readers/postgres.ts';

interface Kind {
  readonly plugin: ReaderPlugin;
  readonly start: () => Promise<PostgresServer | MariadbServer>;
  readonly options: (datasource: string) => PluginOptions;
  readonly prefix: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  PostgreSQL: {
    plugin: postgresReader,
    start: () => PostgresServer.start(),
    options: (datasource) => ({
      ...{ postgres_datasource: datasource, postgres_database: 'postgres' },
      postgres_settle_delay: '20ms',
    }),
    prefix: 'postgres',
  },
  MariaDB: {
    plugin: mysqlReader,
    start: () => MariadbServer.start(),
    options: (datasource) => ({
      ...{ mysql_datasource: datasource, mysql_database: 'test' },
      mysql_settle_delay: '200ms',
    }),
    prefix: 'mysql',
  },
};

const NEVER = new AbortController().signal;

describe.each(Object.entries(KINDS))('a table that agents share, of %s', (_name, kind) => {
  let server: PostgresServer | MariadbServer;
  let tables = 0;

  beforeAll(async () => {
    server = await kind.start();
  }, 60_000);
  afterAll(() => server.stop());

  async function table(columns: string, rows: readonly string[] = []): Promise<string> {
    tables += 1;
    const name = `t${tables}`;
    await server.run(`CREATE TABLE ${name} (${columns})`);
    for (const row of rows) await server.run(`INSERT INTO ${name} VALUES (${row})`);
    return name;
  }

  function shared(options: PluginOptions, size: bigint | null = null): PartitionedSource {
    const given = Object.entries(options).map(
      ([key, value]) => [`${kind.prefix}_${key}`, value] as const,
    );
    const configured = kind.plugin.configure({
      ...kind.options(server.datasource),
      ...Object.fromEntries(given),
    });
    const source = configured.partitioned?.({ size }, pluginContext({ clock: systemClock }));
    if (source === undefined) throw new Error('it has no partitions');
    return source;
  }

  const numbered = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, index) => `${from + index}, 'word ${from + index}'`);

  it('is planned up to the last row that nobody can come before any more', async () => {
    const name = await table('id bigint PRIMARY KEY, word varchar(20)', numbered(40, 44));
    const source = shared({ table: name, offset_key: 'id' }, 3n);
    const { planner } = source;
    if (plansPieces(planner)) throw new Error('rows are told by numbers');

    expect(await source.firstId?.(NEVER)).toBe(40n);
    expect(await planner.partitionSize(NEVER)).toBe(3n);
    expect(await planner.nextMaxId(40n, 3n, NEVER)).toBe(42n);
    expect(await planner.nextMaxId(43n, 30n, NEVER)).toBe(44n);
    expect(await planner.nextMaxId(45n, 30n, NEVER)).toBe(44n);
    expect(await planner.hasData?.(30n, 39n, NEVER)).toBe(false);
    expect(await planner.hasData?.(30n, 40n, NEVER)).toBe(true);
    await source.close();
  });

  it('has no first row as long as it is empty, and begins where it is told to', async () => {
    const name = await table('id bigint PRIMARY KEY, word varchar(20)');
    const source = shared({ table: name, offset_key: 'id', start_time: '7' });

    expect(await source.firstId?.(NEVER)).toBeNull();
    for (const row of numbered(5, 9)) await server.run(`INSERT INTO ${name} VALUES (${row})`);

    expect(await source.firstId?.(NEVER)).toBe(8n);
    await source.close();
  });

  it('is read to the end of a partition, in batches that are cut by their size alone', async () => {
    const name = await table('id bigint PRIMARY KEY, word varchar(20)', numbered(1, 12));
    const source = shared({ table: name, offset_key: 'id', limit_batch: '2' });
    const partition = { id: 1, min: 2n, max: 10n, options: {} };
    const limits = { ...LIMITS, lines: 4 };

    const batches = await all(source, partition, { limits });

    expect(batches.map(idsOf)).toEqual([[2, 3, 4, 5], [6, 7, 8, 9], [10]]);
    expect(batches.map(({ range: { start, end } }) => [start, end])).toEqual([
      [0, 4],
      [4, 8],
      [8, 9],
    ]);
    const [first, ...others] = batches;
    const positions = new Map([[first?.source ?? '', first?.position]]);
    expect(await all(source, partition, { limits, positions })).toEqual(others);
    expect(Array.from(others[0]?.offsets ?? [])).toEqual([4, 5, 6, 7]);
    await source.close();
  });

  it('gives the very rows of a batch again that was being sent, though they were changed', async () => {
    const name = await table('id bigint PRIMARY KEY, word varchar(200)', numbered(1, 6));
    const source = shared({ table: name, offset_key: 'id' });
    const partition = { id: 1, min: 1n, max: 6n, options: {} };
    const [first] = await all(source, partition, { limits: { ...LIMITS, lines: 3 } });
    if (first === undefined) throw new Error('there is no batch');
    const long = 'x'.repeat(150);
    await server.run(`UPDATE ${name} SET word = '${long}' WHERE id = 2`);

    const again = await all(source, partition, {
      limits: { ...LIMITS, bytes: 40 },
      sealed: new Map([[first.source, first.range]]),
    });

    expect(again.map(idsOf)).toEqual([[1, 2, 3], [4], [5], [6]]);
    expect(again[0]?.range).toMatchObject({ start: first.range.start, end: first.range.end });
    await source.close();
  });

  it('is refused where two rows have the same value, or the column is none of numbers', async () => {
    const twice = await table('id bigint, word varchar(20)', [...numbered(1, 3), "3, 'again'"]);
    const partition = { id: 1, min: 1n, max: 9n, options: {} };
    const byId = shared({ table: twice, offset_key: 'id', limit_batch: '3' });
    const byWord = shared({ table: twice, offset_key: 'word' });

    await expect(all(byId, partition, {})).rejects.toThrow(
      'the column id has the same value in several rows',
    );
    await expect(byWord.firstId?.(NEVER)).rejects.toThrow('the column word is no whole number');
    await byId.close();
    await byWord.close();
  });

  it.each([
    [{ sql: 'SELECT 1 AS id', offset_key: 'id' }, 'name one table'],
    [{ table: 'log_*', offset_key: 'id' }, 'name one table'],
    [{ table: 't' }, 'name one column of whole numbers'],
    [{ table: 't', offset_key: 'a, b' }, 'name one column of whole numbers'],
    [{ table: 't', offset_key: 'id', cron: '1h' }, 'by no cron'],
    [{ table: 't', offset_key: 'id', start_time: '2026-11-20' }, 'is no whole number to start at'],
  ])('is none with the options %j', (options, why) => {
    expect(() => shared(options)).toThrow(why);
  });
});

interface Given {
  readonly limits?: ReaderOpening['limits'];
  readonly positions?: ReadonlyMap<string, unknown>;
  readonly sealed?: ReadonlyMap<string, SealedRange>;
}

async function all(
  source: PartitionedSource,
  partition: Parameters<PartitionedSource['open']>[0],
  { limits = LIMITS, positions = new Map(), sealed = new Map() }: Given,
): Promise<SourceBatch[]> {
  const reader = source.open(partition, { limits, positions, sealed, signal: NEVER });
  const batches: SourceBatch[] = [];
  for await (const batch of reader.batches) batches.push(batch);
  return batches;
}

function idsOf({ bytes }: SourceBatch): unknown[] {
  const lines = bytes.toString().trim().split('\n');
  return lines.map((line): unknown => JSON.parse(line).id);
}
