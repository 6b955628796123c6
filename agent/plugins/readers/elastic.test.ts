import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpClient } from '../../../shared/client/http-client.ts';
import { createPoolClient } from '../../../shared/client/pool-client.ts';
import { batchOf } from '../../../test/support/plugin-context.ts';
import { Pulled } from '../../../test/support/pulled.ts';
import { Reading } from '../../../test/support/reading.ts';
import { RecordedSearch } from '../../../test/support/recorded-search.ts';
import { RunnersRig } from '../../../test/support/runners-rig.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { SourceBatch } from '../plugin.ts';
import { elasticReader } from './elastic.ts';

/** A document for each number. */
function numbered(from: number, count: number, more = ''): string[] {
  return Array.from({ length: count }, (_, nth) => `{"n":${from + nth}${more}}`);
}

function linesOf(batches: readonly SourceBatch[]): string[] {
  const text = batches.map(({ bytes }) => bytes.toString()).join('');
  return text.split('\n').filter((line) => line !== '');
}

describe('the elastic reader', () => {
  let server: RecordedSearch;
  let http: HttpClient;

  beforeEach(async () => {
    server = await RecordedSearch.open();
    http = createPoolClient({ userAgent: 'test' });
  });
  afterEach(async () => {
    await http.close();
    await server.close();
  });

  type Options = Record<string, string>;
  type Given = ConstructorParameters<typeof Reading>[2];
  const open = (options: Options, given: Given = {}) =>
    new Reading(elasticReader, options, { ...given, context: { http } });

  const whole = (more: Record<string, string> = {}) => ({
    ...{ es_host: server.url, es_index: 'app', es_limit_batch: '10' },
    ...more,
  });
  const rising = (more: Record<string, string> = {}) => ({
    ...whole(),
    ...{ es_cron_offset: 'n', es_poll_interval: '20ms' },
    ...{ es_delay_time: '50', es_delay_time_unit: 'millisecond' },
    ...more,
  });

  const VERSIONS = [
    { version: { number: '8.15.0' }, way: 'a point in time' },
    { version: { number: '7.11.2' }, way: 'a scroll' },
    { version: { number: '2.17.0', distribution: 'opensearch' }, way: 'a scroll' },
  ];

  it.each(VERSIONS)('reads all of an index of $version by $way, and once', async ({ version }) => {
    server.version = version;
    server.put('app', numbered(0, 35));
    const first = open(whole());
    await first.until(35);
    await waitFor('the end of the run', () => server.openSnapshots === 0);
    const positions = await first.stop();

    server.put('app', numbered(35, 5));
    const again = open(whole(), { positions });
    await waitFor('a look at the version', () => server.received.at(-1)?.url === '/');
    await again.stop();

    expect(first.lines.toSorted()).toEqual(numbered(0, 35).toSorted());
    expect(again.lines).toEqual([]);
  });

  it('looks again at the next start when there was nothing to read', async () => {
    const first = open(whole({ es_index: 'app-*' }));
    await waitFor('the end of the run', () => first.batches.length === 2);
    const positions = await first.stop();
    server.put('app-1', numbered(0, 3));
    const again = open(whole({ es_index: 'app-*' }), { positions });

    expect((await again.until(3)).toSorted()).toEqual(numbered(0, 3));
    await again.stop();
  });

  it('passes a document on as it was put in, on one line', async () => {
    const text =
      '{"b":12345678901234567890.10,"2":1e400,"1":"a\\"}]\\u00e9ü",\n  "n":{"x":[1,{}]}}';
    server.put('app', [text, '{}']);
    const reading = open(whole());
    await reading.until(2);
    await reading.stop();

    expect(reading.lines.toSorted()).toEqual([text.replace('\n', ' '), '{}'].toSorted());
  });

  it('goes on in the same point in time with exactly the batch that was on its way', async () => {
    server.put('app', numbered(0, 60));
    const limits = { lines: 7 };
    const first = new Pulled(elasticReader, whole(), { limits, context: { http } });
    const batches = [];
    while (batches.length < 5) batches.push(await first.next());
    const [sent, ...settled] = batches.toReversed();
    for (const batch of settled) batch.settled?.();
    await first.stop();

    const { source, range, bytes } = sent ?? batchOf('');
    const positions = new Map([[source, settled[0]?.position]]);
    const sealed = new Map([[source, range]]);
    server.put('app', numbered(60, 5));
    const again = open(whole(), { positions, sealed });
    await again.until(60 - 21);
    await again.stop();

    expect(again.batches[0]).toMatchObject({ bytes, range });
    const all = [...linesOf(settled), ...again.lines];
    expect(all.toSorted()).toEqual(numbered(0, 60).toSorted());
  });

  const CUT_OFF = [
    { number: '8.15.0', why: 'its point in time has ended' },
    { number: '7.11.2', why: 'a scroll does not go back' },
  ];

  it.each(CUT_OFF)('reads all anew, as others, when $why', async ({ number }) => {
    server.version = { number };
    server.put('app', numbered(0, 40));
    const first = open(whole(), { limits: { lines: 10 } });
    await first.until(20);
    await first.stop();

    server.forgetSnapshots();
    const positions = new Map([[first.source, first.batches[1]?.position]]);
    const sealed = new Map([[first.source, first.rangeOf(2)]]);
    const again = open(whole(), { positions, sealed });
    await again.until(40);
    await again.stop();

    expect(again.lines.toSorted()).toEqual(numbered(0, 40).toSorted());
    expect(again.rangeOf(0).generation).toBeGreaterThan(first.rangeOf(0).generation);
  });

  it('leaves no point in time behind when nothing of it was kept', async () => {
    server.put('app', numbered(0, 40));
    const reading = open(whole(), { isUnsettled: true });
    await waitFor('a batch', () => reading.batches.length > 0);
    await reading.stop();

    expect(server.openSnapshots).toBe(0);
  });

  it('reads all again at each time of its schedule', async () => {
    server.put('app', numbered(0, 15));
    const reading = open(whole({ es_cron: '1s' }));
    await reading.until(30);
    await reading.stop();

    const lined = reading.batches.filter(({ lines }) => lines > 0);
    expect(new Set(lined.map(({ range }) => range.generation)).size).toBeGreaterThan(1);
  });

  it.each(VERSIONS)('reads new documents of $version by a rising field', async ({ version }) => {
    server.version = version;
    const big = [3, 1, 2].map((n) => `{"n":900719925474099${n}}`);
    server.put('app', [...big, '{"other":1}']);
    const reading = open(rising());
    await reading.until(3);
    server.put('app', ['{"n":9007199254740994}', '{"n":9007199254740995}']);
    await reading.until(5);
    await reading.stop();

    expect(reading.lines).toEqual([1, 2, 3, 4, 5].map((n) => `{"n":900719925474099${n}}`));
  });

  it('does not miss what can be found later than a document of a higher value', async () => {
    server.put('app', ['{"n":7}']);
    server.write('app', ['{"n":6}']);
    const reading = open(rising({ es_delay_time: '500' }));
    await waitFor('a look at the highest value', () =>
      server.received.some(({ body }) => body.includes('"desc"')),
    );
    server.refresh();
    await reading.until(2);
    await reading.stop();

    expect(reading.lines).toEqual(['{"n":6}', '{"n":7}']);
  });

  it.each(VERSIONS)('goes on behind the last value after a restart, of $version', async (row) => {
    server.version = row.version;
    const same = Array.from({ length: 30 }, (_, nth) => `{"n":5,"i":${nth}}`);
    server.put('app', [...numbered(0, 5), ...same, ...numbered(6, 5)]);
    const first = open(rising(), { limits: { lines: 8 } });
    await first.until(40);
    await first.stop();

    // In the midst of documents that have the same value, and whose order is another one now.
    const positions = new Map([[first.source, first.batches[2]?.position]]);
    server.forgetSnapshots();
    const sealed = new Map([[first.source, first.rangeOf(3)]]);
    const again = open(rising(), { positions, sealed });
    await again.until(24);
    await again.stop();

    const all = [...linesOf(first.batches.slice(0, 3)), ...again.lines];
    expect(all.toSorted()).toEqual([...numbered(0, 5), ...same, ...numbered(6, 5)].toSorted());
    // Nothing else may be known by the range of what was on its way.
    expect(again.batches.find(({ lines }) => lines > 0)?.range.start).toBe(first.rangeOf(3).end);
  });

  it('reads by times, from a start on, over the indices of several days', async () => {
    const today = new Date().toISOString().slice(0, 10).replaceAll('-', '.');
    server.put(`app-${today}`, [
      '{"at":"2026-11-20T20:30:00.001Z"}',
      '{"at":"2026-11-20T20:29:59Z"}',
    ]);
    const options = rising({
      ...{ es_index: 'app-2006.01.02', es_date_shift: 'true', es_time_zone: 'UTC' },
      ...{ es_cron_offset: 'at', es_offset_key_type: 'date' },
      es_offset_start_time: '2026-11-20 20:30:00',
    });
    const first = open(options);
    await first.until(1);
    const positions = await first.stop();

    // As if nothing had been read since the day before yesterday.
    const dayMs = 86_400_000;
    const sinceMs = Date.now() - 2 * dayMs;
    const yesterday = new Date(sinceMs + dayMs).toISOString().slice(0, 10).replaceAll('-', '.');
    server.put(`app-${yesterday}`, ['{"at":"2026-11-20T20:31:00Z"}']);
    const [[source, position] = ['', {}]] = positions;
    const older = new Map([[source, { ...Object(position), sinceMs }]]);
    const again = open(options, { positions: older });
    await again.until(1);
    await again.stop();

    expect(first.lines).toEqual(['{"at":"2026-11-20T20:30:00.001Z"}']);
    expect(again.lines).toEqual(['{"at":"2026-11-20T20:31:00Z"}']);
  });

  it('waits for a server that is busy, and says so', async () => {
    server.put('app', numbered(0, 5));
    server.failures.push(...Array.from({ length: 2 }, () => ({ status: 503, body: 'busy' })));
    const reading = open(whole());
    const trouble = await waitFor('trouble', () => reading.reader.trouble());
    await reading.until(5);
    await reading.stop();

    expect(trouble).toContain('status 503: busy');
    expect(reading.reader.trouble()).toBeNull();
  });

  it('asks for less at a time where an answer is too long', async () => {
    const filling = `,"x":"${'x'.repeat(1024 * 1024)}"`;
    server.put('app', numbered(0, 40, filling));
    const reading = open(whole({ es_limit_batch: '50' }));
    await reading.until(40);
    await reading.stop();

    const numbers = reading.records.map((record) => (record as { n: number }).n);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    const sizes = server.received.flatMap(({ body }) => /"size":(\d+)/.exec(body)?.[1] ?? []);
    expect(sizes).toEqual(['50', '25', '25']);
  });

  const FAILURES = [
    { failure: { status: 403, body: 'forbidden' }, kind: 'invalid', says: /status 403: forbidden/ },
    { failure: null, kind: 'unavailable', says: /not looked everywhere: 1 shards failed/ },
    {
      failure: { status: 200, body: '<html>' },
      kind: 'unavailable',
      says: /no answer to a search/,
    },
  ];

  it.each(FAILURES)('fails for what waiting would not mend: $says', async (row) => {
    server.version = { number: '6.8.0' };
    server.put('app', numbered(0, 5));
    server.failures.push({ status: 200, body: '{"version":{"number":"6.8.0"}}' }, row.failure);
    const reading = open(whole());

    expect(await reading.failure()).toMatchObject({
      kind: row.kind,
      message: expect.stringMatching(row.says) as unknown,
    });
    expect(reading.lines).toEqual([]);
  });

  it('says that it waits for documents that have the field', async () => {
    server.put('app', ['{"other":1}']);
    const reading = open(rising());
    const trouble = await waitFor('trouble', () => reading.reader.trouble());
    server.put('app', ['{"n":1}']);
    await reading.until(1);
    await reading.stop();

    expect(trouble).toBe('waiting for documents with the field n');
    expect(reading.reader.trouble()).toBeNull();
  });

  it('gives each document to a sink once, over restarts of the agent', async () => {
    const rig = await RunnersRig.create();
    server.put('app', numbered(0, 100));
    await rig.add('r1', { reader: { mode: 'elastic', ...rising() }, batch_len: 7 });
    await rig.waitForLines(100);
    await rig.restart();
    server.put('app', numbered(100, 20));
    await rig.waitForLines(120);
    const lines = await rig.lines();
    await rig.remove();

    expect(lines).toEqual(numbered(0, 120));
  });

  it('tells which index is not there', async () => {
    const reading = open(whole({ es_index: 'nothing' }));

    expect(await reading.failure()).toMatchObject({
      message: expect.stringContaining('index_not_found_exception') as unknown,
    });
  });

  it('asks for documents by their type where servers know types', async () => {
    server.put('app', numbered(0, 3));
    const options = whole({ es_version: '5.x', es_type: 'logs', auth_username: 'u' });
    const reading = open(options);
    await reading.until(3);
    await reading.stop();

    const [asked] = server.received;
    expect(asked?.url).toBe('/app/logs/_search?scroll=1d');
    expect(asked?.headers.authorization).toBe(`Basic ${btoa('u:')}`);
  });

  const WRONG = [
    { options: { es_date_shift: 'true' }, says: /es_index: .*holds no part of a time/ },
    { options: { es_offset_start_time: 'noon' }, says: /es_offset_start_time: "noon" is no value/ },
    { options: { es_keepalive: '1 day' }, says: /es_keepalive: must be a time of the server/ },
    { options: { es_cron: 'never' }, says: /es_cron: "never" says no times/ },
  ];

  it.each(WRONG)('refuses $options', ({ options, says }) => {
    expect(() => elasticReader.configure(whole(options))).toThrow(says);
  });
});
