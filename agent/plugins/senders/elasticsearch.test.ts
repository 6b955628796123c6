import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPoolClient } from '../../../shared/client/pool-client.ts';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { RecordedElastic } from '../../../test/support/recorded-elastic.ts';
import { JsonTextRecords } from '../../records/json-text-records.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { Attempts } from '../../runner/attempt.ts';
import type { Records, Sender } from '../plugin.ts';
import { elasticsearchSender } from './elasticsearch.ts';

const never = new AbortController().signal;
const http = createPoolClient({ userAgent: 'test' });
const PLAIN = { logkit_send_time: 'false' };
const BAD = { status: 400, error: { type: 'mapper_parsing_exception', reason: 'no number' } };

describe('the sender elasticsearch', () => {
  let elastic: RecordedElastic;
  let clock: FakeClock;

  beforeEach(async () => {
    elastic = await RecordedElastic.open();
    clock = new FakeClock(Date.UTC(2026, 10, 30, 23, 0));
  });

  afterEach(() => elastic.close());

  function open(options: Record<string, string> = PLAIN): Promise<Sender> {
    const given = { elastic_host: elastic.url, elastic_index: 'app', ...options };
    return elasticsearchSender.configure(given).open(pluginContext({ http, clock }));
  }

  function numbered(count: number): Records {
    return new ObjectRecords(Array.from({ length: count }, (_, n) => ({ n })));
  }

  const sent = async (sender: Sender, records: Records, key = 'k1') =>
    sender.send(records, never, { key });

  it('makes each document once, however often a batch is sent, whole or in parts', async () => {
    const records = numbered(3);

    await sent(await open(), records);
    await sent(await open(), records);
    await sent(await open(), new ObjectRecords([{ n: 2 }]), 'k1.2-3');

    expect(elastic.documents('app')).toEqual({
      'k1-0': { n: 0 },
      'k1-1': { n: 1 },
      'k1-2': { n: 2 },
    });
  });

  it('replaces the document of an id that the record has', async () => {
    const sender = await open({ ...PLAIN, elastic_id_field: 'id' });

    await sent(sender, new ObjectRecords([{ id: 'a', v: 1 }, { id: 7 }, { v: 3 }]));
    await sent(sender, new ObjectRecords([{ id: 'a', v: 2 }]), 'k2');

    expect(elastic.documents('app')).toEqual({
      a: { id: 'a', v: 2 },
      7: { id: 7 },
      'k1-2': { v: 3 },
    });
  });

  it('tells of the documents that are refused, and only of those', async () => {
    elastic.judge = ({ n }) => (n === 1 ? BAD : null);
    const attempts = new Attempts(await open(), { records: numbered(3), key: 'k1' });

    const { refused } = await attempts.send(never, true);

    const reason = 'status 400: mapper_parsing_exception: no number';
    expect(refused).toEqual([{ index: 1, reason }]);
    expect(Object.keys(elastic.documents('app'))).toEqual(['k1-0', 'k1-2']);
  });

  it('sends those again that the server has no time for, without the others', async () => {
    const busy = {
      status: 429,
      error: { type: 'es_rejected_execution_exception', reason: 'full' },
    };
    elastic.judge = ({ n }) => (n === 0 ? BAD : n === 2 ? busy : null);
    const sender = await open();

    await expect(sent(sender, numbered(4))).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('did not take a document: status 429'),
    });
    elastic.judge = ({ n }) => (n === 2 ? null : BAD);
    const { refused } = await sent(sender, numbered(4));

    expect(refused?.map(({ index }) => index)).toEqual([0]);
    expect(Object.keys(elastic.documents('app'))).toEqual(['k1-1', 'k1-3', 'k1-2']);
    expect(elastic.received.at(-1)?.body.split('\n')).toHaveLength(3);
  });

  it('waits for rights that are missing, and blames no record for it', async () => {
    elastic.judge = () => ({ status: 403, error: { type: 'security_exception', reason: 'no' } });

    await expect(sent(await open(), numbered(1))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it.each([
    { status: 503, kind: 'unavailable' },
    { status: 401, kind: 'invalid' },
  ])('takes a server that answers with $status for $kind', async ({ status, kind }) => {
    const sender = await open();
    await sent(sender, numbered(1));
    elastic.status = status;

    await expect(sent(sender, numbered(1), 'k2')).rejects.toMatchObject({ kind });
  });

  it('asks the next server when one does not answer', async () => {
    const gone = await RecordedElastic.open();
    await gone.close();
    const sender = await open({ ...PLAIN, elastic_host: `${gone.url}, ${elastic.url}` });

    await expect(sent(sender, numbered(1))).rejects.toMatchObject({ kind: 'unavailable' });
    await sent(sender, numbered(1));

    expect(Object.keys(elastic.documents('app'))).toEqual(['k1-0']);
  });

  it.each([
    { version: { number: '6.8.0' }, given: 'auto', type: 'logkit' },
    { version: { number: '7.17.0' }, given: '', type: undefined },
    { version: { number: '2.11.0', distribution: 'opensearch' }, given: 'auto', type: undefined },
    { version: { number: '9.0.0' }, given: '9.x', type: undefined },
    { version: { number: '5.6.0' }, given: '5.x', type: 'logkit' },
  ])('names the type $type to version $version.number', async ({ version, given, type }) => {
    elastic.version = version;

    await sent(await open({ ...PLAIN, elastic_version: given }), numbered(1));

    const [action = ''] = elastic.received.at(-1)?.body.split('\n') ?? [];
    expect(JSON.parse(action)).toMatchObject({ create: { _index: 'app', _id: 'k1-0' } });
    expect(JSON.parse(action).create._type).toBe(type);
  });

  it.each([
    { records: new ObjectRecords([{ a: 1 }, {}]), documents: [{ a: 1 }, {}] },
    {
      records: new JsonTextRecords({
        ...{ ndjson: Buffer.from('{"_time":1,"n":1.0}\n'), count: 1, hasInexact: true },
      }),
      documents: [{ n: 1 }],
    },
  ])('says when it sends, once a document', async ({ records, documents }) => {
    await sent(await open({}), records);

    const _time = clock.now();
    expect(Object.values(elastic.documents('app'))).toEqual(
      documents.map((document) => ({ ...document, _time })),
    );
    expect(elastic.received.at(-1)?.body.match(/_time/g)).toHaveLength(documents.length);
  });

  it('compresses and authenticates when told to', async () => {
    const access = { auth_username: 'elastic', auth_password: 'pw', enable_gzip: 'true' };

    await sent(await open({ ...PLAIN, ...access }), numbered(2));

    const basic = Buffer.from('elastic:pw').toString('base64');
    expect(elastic.received.at(-1)?.headers).toMatchObject({
      authorization: `Basic ${basic}`,
      'content-encoding': 'gzip',
    });
    expect(Object.keys(elastic.documents('app'))).toHaveLength(2);
  });

  it.each([
    { options: { elastic_index_strategy: 'year' }, index: 'app-2026' },
    { options: { elastic_index_strategy: 'month' }, index: 'app-2026.11' },
    { options: { elastic_index_strategy: 'day' }, index: 'app-2026.11.30' },
    {
      options: { elastic_index_strategy: 'day', elastic_time_zone: 'PRC' },
      index: 'app-2026.12.01',
    },
    {
      options: { elastic_index_strategy: 'day', elastic_time_field: 'at' },
      index: 'app-2024.02.29',
    },
    { options: { elastic_index: '_{{k8s.ns}}-{{level}}' }, index: 'a_b-unknown' },
    { options: { elastic_index: 'x-{{k8s.ns}}' }, index: 'x-a_b' },
  ])('writes to $index with $options', async ({ options, index }) => {
    const at = '2024-02-29T23:59:59.5Z';

    await sent(
      await open({ ...PLAIN, ...options }),
      new ObjectRecords([{ at, k8s: { ns: 'A/b' } }]),
    );

    expect([...elastic.indices.keys()]).toEqual([index]);
  });

  it('writes a batch to the index of the day on which it was sent first', async () => {
    const sender = await open({ ...PLAIN, elastic_index_strategy: 'day' });
    elastic.judge = () => ({ status: 429 });
    await expect(sent(sender, numbered(1))).rejects.toMatchObject({ kind: 'unavailable' });

    elastic.judge = () => null;
    clock.advance(3_600_001);
    await sent(sender, numbered(1));

    expect([...elastic.indices.keys()]).toEqual(['app-2026.11.30']);
  });

  it.each([
    { options: { elastic_host: 'ftp://h' }, why: 'elastic_host: is no list of http or https URLs' },
    { options: { elastic_version: '1.x' }, why: 'elastic_version: must be "auto"' },
    { options: { elastic_index: '' }, why: 'elastic_index: is empty' },
  ])('refuses $options', ({ options, why }) => {
    const given = { elastic_host: 'h:9200', elastic_index: 'app', ...options };

    expect(() => elasticsearchSender.configure(given)).toThrow(why);
  });
});
