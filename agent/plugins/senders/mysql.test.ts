import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from '../../../shared/api/json-numbers.ts';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { MariadbServer } from '../../../test/support/mariadb-server.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { settled } from '../../../test/support/runner-rig.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { RecordsRefused } from '../../records/records-refused.ts';
import type { LogRecord, Sender } from '../plugin.ts';
import { mysqlSender } from './mysql.ts';

const never = new AbortController().signal;

describe('the mysql sender, to MariaDB', () => {
  let server: MariadbServer;
  const senders: Sender[] = [];

  beforeAll(async () => {
    server = await MariadbServer.start();
    await server.run(
      'CREATE TABLE logs (record_id varchar(255) UNIQUE, id int AUTO_INCREMENT PRIMARY KEY, host varchar(20),' +
        ' bytes decimal(30,2), at datetime(1), ok boolean, more json)',
    );
  }, 30_000);
  afterAll(async () => {
    for (const sender of senders) await sender.close();
    await server.stop();
  });

  async function open(more: Record<string, string> = {}, clock = new FakeClock()): Promise<Sender> {
    const options = { mysql_datasource: `${server.datasource}/test`, mysql_table: 'logs', ...more };
    const sender = await mysqlSender.configure(options).open(pluginContext({ clock }));
    senders.push(sender);
    return sender;
  }

  const send = (sender: Sender, records: LogRecord[], key: string) =>
    sender.send(new ObjectRecords(records), never, { key });

  it('puts fields into the columns of their names, with every digit, and the rest into one', async () => {
    const sender = await open({ mysql_rest_column: 'more' });
    const record = parseJson(
      '{"host":"a\'b\\\\\\u0000ü","bytes":12345678901234567890.10,"at":"2026-11-20T20:30:26.5+08:00","ok":true,"x":{"y":[1]},"z":null}',
    ) as LogRecord;

    await send(sender, [record, { host: 'c' }], 'k1');

    expect(
      await server.rows('SELECT *, cast(at AS char) AS utc FROM logs ORDER BY record_id'),
    ).toMatchObject([
      {
        ...{ record_id: 'k1:0', host: "a'b\\\0ü", bytes: '12345678901234567890.10', ok: 1 },
        ...{ utc: '2026-11-20 12:30:26.5', more: { x: { y: [1] }, z: null } },
      },
      { record_id: 'k1:1', host: 'c', bytes: null },
    ]);
  });

  it('has a record once, however often and in whatever parts it is sent', async () => {
    const sender = await open();
    const padding = 'x'.repeat(19);
    const records = Array.from({ length: 20_000 }, () => ({ host: `h${padding}` }));

    await send(sender, records, 'k2');
    await send(sender, records, 'k2');
    await send(await open(), records.slice(0, 50), 'k2.0-50');
    await send(
      sender,
      [
        { record_id: 'own', host: 'own' },
        { record_id: 'own', host: 'own' },
      ],
      'k3',
    );

    const [row] = await server.rows("SELECT count(*) AS n FROM logs WHERE host LIKE 'hx%'");
    expect(Number(row?.['n'])).toBe(20_000);
    expect(await server.rows("SELECT host FROM logs WHERE record_id = 'own'")).toHaveLength(1);
  });

  it('refuses a batch whole for what is in one record, and goes on', async () => {
    const sender = await open();

    const refused = send(sender, [{ host: 'fine' }, { host: 'x'.repeat(21) }], 'k4');

    await expect(refused).rejects.toBeInstanceOf(RecordsRefused);
    expect(await server.rows("SELECT 1 FROM logs WHERE host = 'fine'")).toEqual([]);
    await send(sender, [{ host: 'fine' }], 'k4.0-1');
    expect(await server.rows("SELECT record_id FROM logs WHERE host = 'fine'")).toEqual([
      { record_id: 'k4:0' },
    ]);
  });

  it('inserts no more records a second than it may, on the average', async () => {
    const clock = new FakeClock();
    const sender = await open({ max_send_rate: '2' }, clock);
    await send(sender, [{ host: 'a' }, { host: 'b' }, { host: 'c' }], 'k5');

    const next = send(sender, [{ host: 'd' }], 'k6');
    await settled();
    expect(clock.sleepers).toBe(1);
    clock.advance(1_500);
    await next;

    expect(await server.rows("SELECT host FROM logs WHERE record_id = 'k6:0'")).toHaveLength(1);
  });

  it('says what is missing, and that a server is away', async () => {
    await server.run('CREATE TABLE bare (record_id varchar(255))');

    await expect(send(await open({ mysql_table: 'bare' }), [{}], 'k')).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('ADD UNIQUE (`record_id`)'),
    });
    const away = await open({ mysql_datasource: 'a:secret@tcp(127.0.0.1:1)/test' });
    await expect(send(away, [{}], 'k')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.not.stringContaining('secret'),
    });
  });
});
