import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPoolClient } from '../../../shared/client/pool-client.ts';
import { type Planner, plansPieces } from '../../../shared/coordinator/processor.ts';
import type { PluginOptions } from '../../../shared/domain/runner-config.ts';
import { systemClock } from '../../../shared/kernel/clock.ts';
import { seededRandom } from '../../../test/delivery/support/seeded-random.ts';
import { LIMITS } from '../../../test/support/following.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { SharedWork } from '../../../test/support/shared-work.ts';
import type { PartitionedSource, SourceBatch } from '../plugin.ts';
import { httpfetchReader } from './httpfetch.ts';

const SIGNAL = new AbortController().signal;
const LAST = 400;

interface Answer {
  readonly status: number;
  readonly text: string;
}

describe('shared work of the httpfetch reader', () => {
  const http = createPoolClient({ userAgent: 'test' });
  let server: Server;
  let port = 0;
  let asked: string[] = [];
  let answer: (url: URL) => Answer = orders;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const { status, text } = answer(new URL(request.url ?? '', 'http://here'));
      response.statusCode = status;
      response.end(text);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = server.address();
    port = typeof at === 'object' && at !== null ? at.port : 0;
  });
  afterEach(() => {
    asked = [];
    answer = orders;
  });
  afterAll(async () => {
    await http.close();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  function sourceOf(more: PluginOptions, size: bigint | null = 25n): PartitionedSource {
    const options = { http_service_address: `127.0.0.1:${port}`, http_response: 'lines', ...more };
    const { partitioned } = httpfetchReader.configure(options);
    if (partitioned === undefined) throw new Error('it has no partitions');
    return partitioned({ size }, pluginContext({ clock: systemClock, http }));
  }

  const ONE = { http_service_path: '/orders/{id}', http_last_id: String(LAST) };
  const SEVERAL = { http_service_path: '/orders?from={min}&to={max}', http_last_id_path: '/last' };

  it.each([
    { how: 'one by one', options: ONE },
    { how: 'by ranges', options: { ...SEVERAL, http_last_id_field: 'data.id' } },
    {
      how: 'by ranges that are smaller than a partition',
      options: { ...SEVERAL, http_last_id_field: 'data.id', http_ids_a_request: '10' },
    },
  ])('has every item once, asked for $how, though attempts die', async ({ options, how }) => {
    const expected = Array.from({ length: LAST }, (_, nth) => nth + 1)
      .filter((id) => isThere(id))
      .flatMap(linesOf);
    const all = await SharedWork.run({
      ...{ source: () => sourceOf(options), workers: 3, random: seededRandom(1, how) },
      ...{ killEvery: 8, lines: 7, isDone: ({ lines }) => lines.length >= expected.length },
    });

    expect(all.lines.toSorted()).toEqual(expected.toSorted());
    expect(all.strange).toEqual([]);
    expect(all.kills).toBeGreaterThan(20);
    expect(all.repeats).toBeGreaterThan(5);
    expect(all.troubles).toEqual([]);
  });

  it('goes on behind the last item that was committed', async () => {
    const source = sourceOf(ONE);
    const batches = await batchesOf(source, { lines: 7 });
    const [first, ...rest] = batches;
    asked = [];
    const again = await batchesOf(source, { lines: 7, positions: positionsOf(first) });

    expect(again.map(facts)).toEqual(rest.map(facts));
    expect(asked[0]).toBe(`/orders/${idAfter(first)}`);
  });

  it('counts the IDs of which there is no item', async () => {
    const batches = await batchesOf(sourceOf(ONE), {});

    expect(asked).toHaveLength(25);
    expect(batches.at(-1)?.position).toMatchObject({ id: '26', missing: 3 });
  });

  it('keeps its place when there is no item for long', async () => {
    answer = () => ({ status: 410, text: '' });
    const batches = await batchesOf(sourceOf(ONE), {}, 250n);

    expect(batches.map(({ position }) => position)).toMatchObject([
      { id: '101', missing: 100 },
      { id: '201', missing: 200 },
      { id: '251', missing: 250 },
    ]);
  });

  it.each([
    { options: ONE, status: 500, says: '/orders/1 answered with status 500: no' },
    { options: SEVERAL, status: 404, says: 'answered with status 404: no' },
  ])('fails when $options.http_service_path answers with $status', async (row) => {
    answer = () => ({ status: row.status, text: 'no' });
    await expect(batchesOf(sourceOf(row.options), {})).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(row.says),
    });
  });

  it.each([
    { text: '9007199254740993', options: {}, last: 9007199254740993n },
    { text: '{"data":{"id":"17"}}', options: { http_last_id_field: 'data.id' }, last: 17n },
    { text: 'null', options: {}, last: 0n },
  ])('learns from $text which ID is the last', async ({ text, options, last }) => {
    answer = () => ({ status: 200, text });
    const planner = plannerOf(sourceOf({ ...SEVERAL, ...options }));
    expect(await planner.nextMaxId(1n, 10n ** 17n, SIGNAL)).toBe(last);
    expect(await planner.nextMaxId(1n, 5n, SIGNAL)).toBe(last < 5n ? last : 5n);
    expect(asked[0]).toBe('/last');
  });

  it.each(['1.5', '{"id":1}', 'no JSON', '-3'])(
    'plans nothing when it is told %s',
    async (text) => {
      answer = () => ({ status: 200, text });
      const planner = plannerOf(sourceOf(SEVERAL));
      await expect(planner.nextMaxId(1n, 5n, SIGNAL)).rejects.toThrow('must be a whole number');
    },
  );

  it('begins with the first ID that it is told', async () => {
    const source = sourceOf({ ...ONE, http_first_id: '100' }, null);
    expect(await source.firstId?.(SIGNAL)).toBe(100n);
    expect(await plannerOf(source).partitionSize(SIGNAL)).toBe(1_000n);
  });

  it.each([
    { options: { http_service_path: '/x', http_last_id: '9' }, says: 'needs {id} in it' },
    { options: { http_service_path: '/{min}', http_last_id: '9' }, says: 'needs {id} in it' },
    { options: { ...ONE, http_body: '{min}' }, says: 'write either {id}' },
    { options: { ...ONE, http_body: '$(pageNum)' }, says: '$(pageNum) and $(pageSize)' },
    { options: { http_service_path: '/{id}' }, says: 'needs either it or http_last_id_path' },
    { options: { ...ONE, http_last_id_path: '/l' }, says: 'needs either it or' },
    { options: { ...ONE, http_last_id_field: 'a' }, says: 'belongs to http_last_id_path' },
    { options: { ...ONE, http_first_id: '401' }, says: 'it is before http_first_id' },
    { options: { ...ONE, http_cron: 'loop 1s' }, says: 'http_cron: it does not go' },
    { options: { ...ONE, http_ids_a_request: '5' }, says: 'belongs to {min} and {max}' },
  ])('refuses $options', ({ options, says }) => {
    expect(() => sourceOf(options)).toThrow(says);
  });
});

/** A server of orders, some of which are not there. */
function orders({ pathname, searchParams }: URL): Answer {
  if (pathname === '/last') return { status: 200, text: JSON.stringify({ data: { id: LAST } }) };
  const one = Number(pathname.split('/')[2] ?? 0);
  if (one > 0 && !isThere(one)) return { status: one % 2 === 0 ? 404 : 410, text: 'no such order' };
  const from = one || Number(searchParams.get('from'));
  const to = one || Number(searchParams.get('to'));
  const ids = Array.from({ length: to - from + 1 }, (_, nth) => from + nth);
  const lines = ids.filter((id) => isThere(id)).flatMap(linesOf);
  return { status: 200, text: lines.map((line) => `${line}\n`).join('') };
}

function isThere(id: number): boolean {
  return id % 7 !== 3 || id > 20;
}

/** Some items have many lines, and some none. */
function linesOf(id: number): string[] {
  const count = id % 10 === 0 ? 20 : id % 4;
  return Array.from({ length: count }, (_, nth) => `order ${id} line ${nth}`);
}

function plannerOf({ planner }: PartitionedSource): Planner {
  if (plansPieces(planner)) throw new Error('it plans pieces');
  return planner;
}

async function batchesOf(
  source: PartitionedSource,
  { lines = 0, positions = new Map<string, unknown>() },
  max = 25n,
): Promise<SourceBatch[]> {
  const limits = { ...LIMITS, lines };
  const opening = { positions, sealed: new Map(), limits, signal: SIGNAL };
  const batches: SourceBatch[] = [];
  const reader = source.open({ id: 1, min: 1n, max, options: {} }, opening);
  for await (const batch of reader.batches) batches.push(batch);
  return batches;
}

function facts({ range, bytes, position }: SourceBatch) {
  return { range, text: bytes.toString(), position };
}

function positionsOf(batch: SourceBatch | undefined): Map<string, unknown> {
  return new Map([['ids', batch?.position]]);
}

/** The ID of the first item behind a batch, by what is in it. */
function idAfter(batch: SourceBatch | undefined): number {
  const ids = [...(batch?.bytes.toString() ?? '').matchAll(/order (\d+)/g)].map(([, id]) =>
    Number(id),
  );
  return (ids.at(-1) ?? 0) + 1;
}
