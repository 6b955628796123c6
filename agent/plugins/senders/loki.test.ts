import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPoolClient } from '../../../shared/client/pool-client.ts';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { HttpRecorder } from '../../../test/support/http-recorder.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import type { LogRecord } from '../plugin.ts';
import { Streams } from './loki/streams.ts';
import { lokiSender } from './loki.ts';

const never = new AbortController().signal;
const http = createPoolClient({ userAgent: 'test' });
const NOW_MS = 1_700_000_000_000;

interface Push {
  readonly streams: readonly {
    readonly stream: Record<string, string>;
    readonly values: readonly [string, string][];
  }[];
}

describe('the sender loki at a recorded Loki', () => {
  let server: HttpRecorder;

  beforeEach(async () => {
    server = await HttpRecorder.open(() => ({ status: 204 }));
  });

  afterEach(() => server.close());

  async function push(records: LogRecord[], options: Record<string, string> = {}, key = 'k1') {
    const given = { loki_url: server.url, ...options };
    const context = pluginContext({ http, clock: new FakeClock(NOW_MS) });
    const sender = await lokiSender.configure(given).open(context);
    await sender.send(new ObjectRecords(records), never, { key });
    await sender.close();
    const pushed: Push = JSON.parse(server.received.at(-1)?.body ?? '');
    return pushed.streams;
  }

  it('pushes each record as a line of JSON', async () => {
    const streams = await push([{ a: 1 }, { b: 'x' }], { loki_tenant: 't1' });

    expect(server.received[0]).toMatchObject({
      url: '/loki/api/v1/push',
      headers: { 'content-type': 'application/json', 'x-scope-orgid': 't1' },
    });
    expect(streams).toEqual([
      {
        stream: { job: 'logkit' },
        values: [
          [expect.stringMatching(/^1700000000000\d{6}$/), '{"a":1}'],
          [expect.stringMatching(/^1700000000000\d{6}$/), '{"b":"x"}'],
        ],
      },
    ]);
  });

  it('makes streams of label fields, each in the order of its times', async () => {
    const at = (second: number) => `2024-01-01T00:00:0${second}.000000001Z`;
    const records = [
      { level: 'warn', msg: 'b\n', at: at(2) },
      { level: 'info', msg: 'c', at: at(3) },
      { level: 'warn', msg: 'a', at: at(1) },
    ];
    const options = { loki_line: 'msg', loki_timestamp: 'at', loki_label_fields: 'level' };

    const streams = await push(records, { ...options, loki_labels: 'app web' });

    const ns = (second: number) => `170406720${second}000000001`;
    expect(streams).toEqual([
      {
        stream: { app: 'web', level: 'warn' },
        values: [
          [ns(1), 'a'],
          [ns(2), 'b'],
        ],
      },
      { stream: { app: 'web', level: 'info' }, values: [[ns(3), 'c']] },
    ]);
  });

  it('opens no more streams than it may', async () => {
    const records = ['a', 'b', 'c', 'a'].map((user) => ({ user }));

    const streams = await push(records, { loki_label_fields: 'user', loki_streams_max: '2' });

    expect(streams.map(({ stream, values }) => [stream['user'], values.length])).toEqual([
      ['a', 2],
      ['b', 1],
      [undefined, 1],
    ]);
  });

  it('keeps equal lines of one millisecond apart, and in the same way when they are sent again', async () => {
    const records = Array.from({ length: 4 }, () => ({ line: 'same', at: 1_700_000_000_001 }));
    const options = { loki_timestamp: 'at' };

    const first = await push(records, options);
    const again = await push(records, options);
    const part = await push(records.slice(1, 3), options, 'k1.1-3');
    const other = await push(records, options, 'k2');

    const times = first[0]?.values.map(([ns]) => ns) ?? [];
    expect(new Set(times).size).toBe(4);
    expect(times.every((ns) => ns.startsWith('1700000000001'))).toBe(true);
    expect(again).toEqual(first);
    expect(part[0]?.values.map(([ns]) => ns)).toEqual(times.slice(1, 3));
    expect(other).not.toEqual(first);
  });
});

describe('Streams', () => {
  it('hands on every record once, whatever is in it', () => {
    const record = fc.dictionary(fc.constantFrom('level', 'at', 'msg'), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const streams = new Streams({
          ...{ labels: { job: 'x' }, labelFields: [['level', 'level']], streamsMax: 3 },
          ...{ lineField: '', timeField: 'at' },
        }).of(records, { ownNs: 1_000_000n, shiftNs: 7n });

        const lines = streams.flatMap(({ values }) => values.map(([, line]) => line));
        expect(lines.sort()).toEqual(records.map((one) => JSON.stringify(one)).sort());
        expect(streams.length).toBeLessThanOrEqual(4);
      }),
    );
  });
});
