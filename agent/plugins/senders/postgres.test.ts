import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from '../../../shared/api/json-numbers.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { PostgresServer } from '../../../test/support/postgres-server.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { RecordsRefused } from '../../records/records-refused.ts';
import type { LogRecord, Sender } from '../plugin.ts';
import { postgresSender } from './postgres.ts';

const never = new AbortController().signal;

describe('the postgres sender', () => {
  let server: PostgresServer;
  const senders: Sender[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start();
    await server.run(
      'CREATE TABLE logs (record_id varchar(255) UNIQUE, id serial, host text, bytes numeric, at timestamptz, ok boolean, more jsonb)',
    );
  });
  afterAll(async () => {
    for (const sender of senders) await sender.close();
    await server.stop();
  });

  async function open(more: Record<string, string> = {}): Promise<Sender> {
    const options = {
      postgres_datasource: server.datasource,
      postgres_database: 'postgres',
      ...more,
    };
    const sender = await postgresSender
      .configure({ postgres_table: 'logs', ...options })
      .open(pluginContext());
    senders.push(sender);
    return sender;
  }

  const send = (sender: Sender, records: LogRecord[], key: string) =>
    sender.send(new ObjectRecords(records), never, { key });

  it('puts fields into the columns of their names, with every digit, and the rest into one', async () => {
    const sender = await open({ postgres_rest_column: 'more' });
    const record = parseJson(
      '{"host":"a\'b\\\\","bytes":12345678901234567890.10,"at":"2026-11-20T20:30:26.5+08:00","ok":true,"x":{"y":[1]},"z":null}',
    ) as LogRecord;

    await send(sender, [record, { host: 'c' }], 'k1');

    expect(
      await server.rows("SELECT *, at AT TIME ZONE 'UTC' AS utc FROM logs ORDER BY record_id"),
    ).toMatchObject([
      {
        ...{ record_id: 'k1:0', host: "a'b\\", bytes: '12345678901234567890.10', ok: true },
        ...{ more: { x: { y: [1] }, z: null }, id: 1 },
      },
      { record_id: 'k1:1', host: 'c', bytes: null, id: 2 },
    ]);
  });

  it('has a record once, however often and in whatever parts it is sent', async () => {
    const sender = await open();
    const records = Array.from({ length: 100 }, (_, index) => ({ host: `h${index}` }));

    await send(sender, records, 'k2');
    await send(sender, records, 'k2');
    await send(await open(), records.slice(50), 'k2.50-100');
    await send(
      sender,
      [
        { record_id: 'own', host: 'own' },
        { record_id: 'own', host: 'own' },
      ],
      'k3',
    );

    const [row] = await server.rows("SELECT count(*)::int AS n FROM logs WHERE host LIKE 'h%'");
    expect(row).toEqual({ n: 100 });
    expect(await server.rows("SELECT host FROM logs WHERE record_id = 'own'")).toHaveLength(1);
  });

  it('refuses a batch whole for what is in one record, and goes on', async () => {
    const sender = await open();

    const refused = send(sender, [{ host: 'fine' }, { host: 'bad', bytes: 'no number' }], 'k4');

    await expect(refused).rejects.toBeInstanceOf(RecordsRefused);
    expect(await server.rows("SELECT 1 FROM logs WHERE host = 'fine'")).toEqual([]);
    await send(sender, [{ host: 'fine' }], 'k4.0-1');
    expect(await server.rows("SELECT record_id FROM logs WHERE host = 'fine'")).toEqual([
      { record_id: 'k4:0' },
    ]);
  });

  it('says which column is missing, and that a server is away', async () => {
    await server.run('CREATE TABLE bare (host text)');

    await expect(send(await open({ postgres_table: 'bare' }), [{}], 'k')).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('ADD COLUMN "record_id" varchar(255) UNIQUE'),
    });
    const away = await open({ postgres_datasource: 'host=127.0.0.1 port=1 password=secret' });
    await expect(send(away, [{}], 'k')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('goes on by another connection when the server has ended the first', async () => {
    const sender = await open();
    await send(sender, [{ host: 'before' }], 'k5');
    await server.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'logkit-fleet'",
    );

    await expect(send(sender, [{ host: 'after' }], 'k6')).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await send(sender, [{ host: 'after' }], 'k6');

    expect(await server.rows("SELECT 1 FROM logs WHERE host = 'after'")).toHaveLength(1);
  });
});
