import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createPoolClient } from '../../../shared/client/pool-client.ts';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { HttpRecorder } from '../../../test/support/http-recorder.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { ACCEPTED, type Acceptance } from '../../sink/acceptance.ts';
import type { LogRecord } from '../plugin.ts';
import { anyValue } from './otlp/log-data.ts';
import { otlpSender } from './otlp.ts';

const never = new AbortController().signal;
const http = createPoolClient({ userAgent: 'test' });

describe('the sender otlp at a recorded collector', () => {
  let server: HttpRecorder;
  let answer = '{}';
  let accepted: Acceptance = ACCEPTED;

  afterEach(async () => {
    answer = '{}';
    await server.close();
  });

  async function post(records: LogRecord[], options: Record<string, string> = {}, key = 'k1') {
    server = await HttpRecorder.open(() => ({ status: 200, body: answer }));
    const context = pluginContext({ http, clock: new FakeClock(1_700_000_000_000) });
    const sender = await otlpSender.configure({ otlp_url: server.url, ...options }).open(context);
    accepted = await sender.send(new ObjectRecords(records), never, { key });
    const body = JSON.parse(server.received[0]?.body ?? '');
    return body.resourceLogs[0];
  }

  it('puts each field where it belongs', async () => {
    const record = {
      ...{ message: 'hello', level: 'WARNING', at: '2024-01-01T00:00:00.5Z', n: 1 },
      trace: '0123456789ABCDEF0123456789abcdef',
      span: 'none',
    };

    const logs = await post([record], {
      ...{ otlp_body: 'message', otlp_severity: 'level', otlp_timestamp: 'at' },
      ...{ otlp_trace_id: 'trace', otlp_span_id: 'span' },
      ...{ otlp_service: 'shop', otlp_resource: 'host.name h1' },
    });

    expect(server.received[0]?.url).toBe('/v1/logs');
    expect(logs.resource.attributes).toEqual([
      { key: 'service.name', value: { stringValue: 'shop' } },
      { key: 'host.name', value: { stringValue: 'h1' } },
    ]);
    expect(logs.scopeLogs[0].logRecords).toEqual([
      {
        timeUnixNano: '1704067200500000000',
        observedTimeUnixNano: '1700000000000000000',
        severityText: 'WARNING',
        severityNumber: 13,
        body: { stringValue: 'hello' },
        attributes: [
          { key: 'n', value: { intValue: '1' } },
          { key: 'span', value: { stringValue: 'none' } },
          { key: 'log.record.uid', value: { stringValue: 'k1-0' } },
        ],
        traceId: '0123456789abcdef0123456789abcdef',
      },
    ]);
  });

  it('sends the whole record as the body, known by its place in the batch', async () => {
    const logs = await post([{ a: { b: [1.5, null] } }], {}, 'k1.4-5');

    expect(logs.scopeLogs[0].logRecords[0]).toMatchObject({
      body: {
        kvlistValue: {
          values: [
            {
              key: 'a',
              value: {
                kvlistValue: {
                  values: [
                    { key: 'b', value: { arrayValue: { values: [{ doubleValue: 1.5 }, {}] } } },
                  ],
                },
              },
            },
          ],
        },
      },
      attributes: [{ key: 'log.record.uid', value: { stringValue: 'k1-4' } }],
    });
  });

  it('blames the records when the server refuses them all', async () => {
    answer = '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}';

    await expect(post([{ a: 1 }, { a: 2 }])).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('has refused all records: too old'),
    });
  });

  it.each([
    { rejected: '1', message: '"too old"', refusedSome: { count: 1, reason: 'too old' } },
    { rejected: '"2"', message: '""', refusedSome: { count: 2, reason: '' } },
    { rejected: '0', message: '"a warning"', refusedSome: undefined },
  ])(
    'tells how many the server has refused of some, and does not send them again: $rejected',
    async ({ rejected, message, refusedSome }) => {
      answer = `{"partialSuccess":{"rejectedLogRecords":${rejected},"errorMessage":${message}}}`;

      await post([{ a: 1 }, { a: 2 }, { a: 3 }]);

      expect(accepted.refusedSome).toEqual(refusedSome);
      expect(server.received).toHaveLength(1);
    },
  );
});

describe('anyValue', () => {
  it.each([
    { value: 2 ** 53, is: { intValue: '9007199254740992' } },
    { value: JSON.rawJSON('9223372036854775807'), is: { intValue: '9223372036854775807' } },
    { value: JSON.rawJSON('9223372036854775808'), is: { stringValue: '9223372036854775808' } },
    { value: JSON.rawJSON('1e400'), is: { stringValue: '1e400' } },
    { value: JSON.rawJSON('1.0'), is: { doubleValue: 1 } },
    { value: null, is: {} },
  ])('keeps $value', ({ value, is }) => {
    expect(anyValue(value)).toEqual(is);
  });

  it('never throws, and makes JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(JSON.stringify(anyValue(value)))).toEqual(anyValue(value));
      }),
    );
  });
});
