import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPoolClient } from '../../../shared/client/pool-client.ts';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { HttpRecorder } from '../../../test/support/http-recorder.ts';
import { InfluxdbServer } from '../../../test/support/influxdb-server.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import type { LogRecord, Sender } from '../plugin.ts';
import { influxdbSender } from './influxdb.ts';

const never = new AbortController().signal;
const http = createPoolClient({ userAgent: 'test' });
const NOW_MS = 1_700_000_000_000;

async function openAt(
  host: string,
  options: Record<string, string>,
  clock = new FakeClock(NOW_MS),
): Promise<Sender> {
  const given = { influxdb_host: host, influxdb_db: 'logs', influxdb_measurement: 'm', ...options };
  const context = pluginContext({ http, clock });
  return influxdbSender.configure(given).open(context);
}

async function send(sender: Sender, records: LogRecord[], key = 'k1') {
  return sender.send(new ObjectRecords(records), never, { key });
}

describe('the sender influxdb at InfluxDB 1', () => {
  let server: InfluxdbServer;

  beforeAll(async () => {
    server = await InfluxdbServer.start();
  });

  afterAll(() => server.stop());

  const open = (options: Record<string, string>, clock?: FakeClock) =>
    openAt(server.host, options, clock);

  it('makes the database, and writes tags, fields and times', async () => {
    const sender = await open({
      influxdb_db: 'made "here"',
      influxdb_tags: 'host,lvl level',
      influxdb_fields: 'text message,count,ok,size',
      influxdb_integers: 'count',
      influxdb_timestamp: 'at',
      influxdb_timestamp_precision: '1000000',
    });
    const record = { host: 'h 1', lvl: 'warn', text: 'a "b" \\', count: 3, ok: true, other: 1 };

    await send(sender, [
      { ...record, size: JSON.rawJSON('1.50'), at: 1_600_000_000_123 },
      { ...record, count: 4.9, at: '2020-09-13T12:26:41.5Z' },
    ]);

    expect(await server.query('made "here"', 'SELECT * FROM m')).toMatchObject({
      columns: ['time', 'count', 'host', 'level', 'message', 'ok', 'size'],
      values: [
        ['1600000000123000000', 3, 'h 1', 'warn', 'a "b" \\', true, 1.5],
        ['1600000001500000000', 4, 'h 1', 'warn', 'a "b" \\', true, null],
      ],
    });
  });

  it('makes the same points when a batch with times is sent again', async () => {
    const options = {
      influxdb_db: 'again',
      influxdb_timestamp: 'at',
      influxdb_timestamp_precision: '0',
    };
    const records = [1, 2, 3].map((v) => ({ v, at: NOW_MS + v }));

    await send(await open(options), records);
    await send(await open(options), records);

    const found = await server.query('again', 'SELECT v FROM m');
    expect(found?.values.map(([, v]) => v)).toEqual([1, 2, 3]);
  });

  it('gives records without times one of their own, in their order, also in parts', async () => {
    const sender = await open({ influxdb_db: 'timeless' });
    const records = [1, 2, 3, 4].map((v) => ({ v }));

    await send(sender, records);
    await send(sender, records.slice(2), 'k1.2-4');

    const found = await server.query('timeless', 'SELECT v FROM m');
    expect(found?.values.map(([, v]) => v)).toEqual([1, 2, 3, 4]);
    expect(found?.values.every(([time]) => String(time).startsWith(String(NOW_MS)))).toBe(true);
  });

  it('gives no two batches the same times, whatever the clock says', async () => {
    const clock = new FakeClock(NOW_MS);
    const sender = await open({ influxdb_db: 'crowded' }, clock);
    const records = [1, 2, 3].map((v) => ({ v }));

    await send(sender, records, 'k1');
    await send(sender, records, 'k2');
    clock.jumpWall(-1);
    await send(sender, records, 'k3');

    expect((await server.query('crowded', 'SELECT v FROM m'))?.values).toHaveLength(9);
  });

  it('refuses a record that is no point, and writes the others', async () => {
    const sender = await open({ influxdb_db: 'some', influxdb_fields: 'v' });

    const { refused } = await send(sender, [{ v: 1 }, { w: 1 }, { v: null }]);

    expect(refused?.map(({ index }) => index)).toEqual([1, 2]);
    expect((await server.query('some', 'SELECT v FROM m'))?.values).toHaveLength(1);
  });

  it('tells of a field of another type', async () => {
    const sender = await open({ influxdb_db: 'types' });
    await send(sender, [{ v: 1 }]);

    await expect(send(sender, [{ v: 'text' }], 'k2')).rejects.toMatchObject({
      name: 'AppError',
      kind: 'invalid',
      message: expect.stringContaining('field type conflict'),
    });
  });

  it('makes a retention policy, and drops what is too old for it when told to', async () => {
    const options = {
      ...{ influxdb_db: 'kept', influxdb_retention: 'day', influxdb_retention_duration: '1d' },
      ...{ influxdb_timestamp: 'at', influxdb_timestamp_precision: '0' },
    };
    const records = [{ v: 1, at: '2001-01-01T00:00:00Z' }];
    await expect(send(await open(options), records)).rejects.toMatchObject({
      message: expect.stringContaining('beyond retention policy'),
    });

    const lenient = await open({ ...options, influxdb_ignore_beyond_retention: 'true' });
    await send(lenient, [...records, { v: 2, at: new Date().toISOString() }]);

    const found = await server.query('kept', 'SELECT v FROM m');
    expect(found?.values.map(([, v]) => v)).toEqual([2]);
  });

  it('writes whatever stands in a record, so that it is read back', async () => {
    const sender = await open({
      ...{ influxdb_db: 'odd', influxdb_tags: 't ta\\g=', influxdb_fields: 'f fi,n' },
      ...{ influxdb_timestamp: 'at', influxdb_timestamp_precision: '1' },
    });
    const unit = fc.constantFrom('a', ' ', ',', '=', '"', '\\', '\n', 'é', '😀', '#');
    const texts = fc.array(fc.tuple(fc.string({ unit }), fc.string({ unit })), { minLength: 300 });
    const [rows = []] = fc.sample(texts, { numRuns: 1, seed: 7 });
    const records = rows.map(([t, f], nth) => ({ t, f, at: nth + 1, n: nth }));

    await send(sender, records);

    const found = await server.query('odd', 'SELECT fi, "ta\\\\g=", n FROM m');
    expect(found?.values.map(([, f, t, n]) => ({ t, f, n }))).toEqual(
      rows.map(([t, f], n) => {
        const tag = t.replace(/\n+/g, ' ').replace(/\\+$/, '');
        return { t: tag === '' ? null : tag, f, n };
      }),
    );
  });
});

describe('the sender influxdb at a recorded InfluxDB 2', () => {
  it('writes to the bucket of the organisation with its token', async () => {
    const recorder = await HttpRecorder.open(() => ({ status: 204 }));
    const options = { influxdb_version: '2', influxdb_org: 'my org', auth_token: 't1' };

    await send(await openAt(recorder.url, { ...options, influxdb_gzip: 'true' }), [{ v: 1 }]);

    expect(recorder.received).toHaveLength(1);
    expect(recorder.received[0]).toMatchObject({
      url: '/api/v2/write?org=my+org&bucket=logs&precision=ns',
      headers: { authorization: 'Token t1' },
      body: expect.stringMatching(`^m v=1 ${NOW_MS}\\d{6}$`),
    });
    await recorder.close();
  });

  it.each([
    { options: { influxdb_version: '2' }, why: 'influxdb_org: is required in version 2' },
    { options: { influxdb_tags: 'a b c' }, why: 'influxdb_tags: "a b c" is no field and its name' },
    { options: { influxdb_retention_duration: '1d; DROP' }, why: 'must be a duration' },
  ])('refuses $options', async ({ options, why }) => {
    await expect(openAt('h', options)).rejects.toThrow(why);
  });
});
