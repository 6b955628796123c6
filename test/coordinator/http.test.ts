import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Administration } from '../../shared/coordinator/administration.ts';
import { Coordinator } from '../../shared/coordinator/coordinator.ts';
import { coordinatorRoutes } from '../../shared/coordinator/http/coordinator-routes.ts';
import { memoryPartitionStore } from '../../shared/stores/partitions/memory/memory-partition-store.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import { type EdgeServer, serveEdge } from '../support/edge-server.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { plannerTo } from './rig.ts';

const LEASE_MS = 1_000;

describe('the HTTP API of partitioned work', () => {
  let clock: FakeClock;
  let store: PartitionStore;
  let server: EdgeServer;
  let epoch: number;

  beforeEach(async () => {
    clock = new FakeClock();
    store = memoryPartitionStore(clock);
    ({ epoch } = await store.campaign({ candidate: 'other', leaseMs: 60_000 }));
    const planner = plannerTo(100n, 10n);
    // It is never started: what happens is what the test does.
    const coordinator = new Coordinator({
      ...{ workerId: 'w', store, planner, clock, processor: { process: async () => 1 } },
    });
    const administration = new Administration({ store, coordinator, planner, clock });
    server = await serveEdge({ routes: coordinatorRoutes(() => administration) });
    await plan(3);
  });

  afterEach(() => server[Symbol.asyncDispose]());

  async function plan(count: number): Promise<void> {
    const partitions = Array.from({ length: count }, (_, nth) => ({
      ...{ min: BigInt(nth) * 10n + 1n, max: BigInt(nth) * 10n + 10n },
      ...{ options: {}, priority: 0 },
    }));
    await store.plan({ epoch, after: null, to: BigInt(count) * 10n, partitions });
  }

  /** Of so many, in the order of their IDs. */
  async function bury(count: number): Promise<void> {
    const claimed = await store.claim({
      ...{ workerId: 'w', limit: count, leaseMs: LEASE_MS, attemptsMax: 3 },
      ...{ isPreempting: false, isReturning: false },
    });
    await store.settle(
      claimed.map(({ id, token }) => ({ id, token, event: 'bury', error: 'disk full' }) as const),
    );
  }

  async function ask(method: string, path: string, body?: unknown) {
    const response = await fetch(`${server.url}${path}`, {
      method,
      ...(body !== undefined && {
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const answer: unknown = await response.json();
    return { status: response.status, answer };
  }

  const retry = (body: unknown) => ask('POST', '/api/v1/retry-failed-partitions', body);

  it('retries at once, and answers with the fields of both documents', async () => {
    await bury(2);
    const { status, answer } = await retry({ partition_ids: [1, 2, 3], mode: 'immediate' });

    expect(status).toBe(200);
    expect(answer).toEqual({
      success: true,
      message: '重试操作成功完成',
      total_failed_partitions: 3,
      retried_partitions: [1, 2],
      skipped_partitions: [3],
      command_id: expect.stringMatching(/^cmd-\d{14}-[0-9a-f]{12}$/),
      request_id: expect.stringMatching(/^cmd-/),
      status: 'completed',
      timestamp: new Date(clock.now()).toISOString(),
    });
    expect(await store.counts()).toMatchObject({ pending: 3, dead: 0 });
  });

  it.each([
    { body: {}, message: '重试所有失败分区的命令已提交' },
    { body: { partition_ids: [] }, message: '重试所有失败分区的命令已提交' },
    { body: { partition_ids: [1, 2] }, message: '重试 2 个指定分区的命令已提交' },
  ])('waits without a mode, too: $body', async ({ body, message }) => {
    await bury(2);

    expect(await retry(body)).toMatchObject({
      status: 200,
      answer: { success: true, message, retried_partitions: [1, 2], status: 'completed' },
    });
  });

  it('queues what is scheduled, and tells later what came of it', async () => {
    await bury(1);
    const { answer } = await retry({ mode: 'scheduled' });
    expect(answer).toMatchObject({ status: 'pending', retried_partitions: [] });
    const [{ id } = { id: '' }] = await store.pendingCommands(10);
    expect(await ask('GET', `/api/v1/commands/${id}`)).toMatchObject({
      answer: { command_id: id, status: 'pending', completed_at: null },
    });

    await store.execute(id);
    expect(await ask('GET', `/api/v1/commands/${id}`)).toMatchObject({
      answer: { status: 'completed', retried_partitions: [1] },
    });
  });

  it('does an order once that comes with the same key again', async () => {
    await bury(1);
    const order = { partition_ids: [1], mode: 'immediate', idempotency_key: 'k' };
    const first = await retry(order);
    await bury(1);
    const second = await retry(order);

    expect(second).toEqual(first);
    expect(await store.counts()).toMatchObject({ dead: 1 });
  });

  it('has another name for each command (B8)', async () => {
    const orders = Array.from({ length: 200 }, () => retry({ mode: 'scheduled' }));
    const names = (await Promise.all(orders)).map(({ answer }) => JSON.stringify(answer));

    expect(new Set(names).size).toBe(200);
  });

  it.each([
    { body: '{', message: /^无效的请求格式: / },
    { body: '', message: /^无效的请求格式: / },
    { body: { partition_ids: [1, 0] }, message: /^无效的分区ID: 0, 分区ID必须大于0$/ },
    { body: { partition_ids: ['x'] }, message: /^无效的请求格式: partition_ids\.0: / },
    { body: { mode: 'later' }, message: /^无效的请求格式: mode: / },
  ])('refuses $body', async ({ body, message }) => {
    expect(await retry(body)).toMatchObject({
      status: 400,
      answer: { success: false, message: expect.stringMatching(message) },
    });
  });

  it('lists partitions page by page, by status and by worker', async () => {
    await bury(1);
    const page = await ask('GET', '/api/v1/partitions?limit=2');
    expect(page.answer).toMatchObject({
      partitions: [
        { partition_id: 1, min_id: '1', max_id: '10', status: 'dead', error: 'disk full' },
        { partition_id: 2, status: 'pending', next_run_at: null },
      ],
      next_after_id: 2,
    });
    expect(await ask('GET', '/api/v1/partitions?limit=2&after_id=2')).toMatchObject({
      answer: { partitions: [{ partition_id: 3 }], next_after_id: null },
    });
    expect(await ask('GET', '/api/v1/partitions?Status=dead')).toMatchObject({
      answer: { partitions: [{ partition_id: 1 }] },
    });
    expect(await ask('GET', '/api/v1/partitions?NodeID=nobody')).toMatchObject({
      answer: { partitions: [] },
    });
  });

  it.each([
    { query: 'TargetStatuses=dead,claimed', ids: [1, 2] },
    { query: 'MinID=2&MaxID=2', ids: [2] },
    { query: 'exclude_partition_ids=1,3', ids: [2] },
    { query: 'partition_ids=3,1,99', ids: [1, 3] },
    { query: 'StaleDuration=5m', ids: [1, 2, 3] },
    { query: 'stale_duration=11m', ids: [] },
    { query: 'StaleDuration=5m&ExcludeWorkerIDOnStale=w', ids: [1, 3] },
    { query: 'Limit=1', ids: [1] },
  ])('lists by the filters of the original: $query', async ({ query, ids }) => {
    await bury(1);
    await store.claim({
      ...{ workerId: 'w', limit: 1, leaseMs: LEASE_MS, attemptsMax: 3 },
      ...{ isPreempting: false, isReturning: false },
    });
    clock.advance(600_000);
    const listed = { partitions: ids.map((id) => expect.objectContaining({ partition_id: id })) };

    expect(await ask('GET', `/api/v1/partitions?${query}`)).toMatchObject({ answer: listed });
  });

  it('tells of completed partitions what is kept of them', async () => {
    const [first] = await store.claim({
      ...{ workerId: 'w', limit: 1, leaseMs: LEASE_MS, attemptsMax: 3 },
      ...{ isPreempting: false, isReturning: false },
    });
    if (first === undefined) throw new Error('nothing was claimed');
    await store.settle([{ id: first.id, token: first.token, event: 'complete', items: 1 }]);

    expect(await ask('GET', '/api/v1/partitions?IncludeArchived=true&limit=1')).toMatchObject({
      answer: {
        partitions: [{ partition_id: 2 }],
        next_after_id: 2,
        archived_total: 1,
        archived_ranges: [{ min_id: '1', max_id: '10' }],
        archived_ranges_left_out: 0,
      },
    });
  });

  it.each([
    { path: '/api/v1/partitions?stale_duration=soon', status: 400 },
    { path: '/api/v1/partitions?exclude_partition_ids=1,x', status: 400 },
    { path: '/api/v1/partitions?include_archived=maybe', status: 400 },
    { path: '/api/v1/partitions?status=odd', status: 400 },
    { path: '/api/v1/partitions?limit=0', status: 400 },
    { path: '/api/v1/partitions/x', status: 400 },
    { path: '/api/v1/partitions/99', status: 404 },
    { path: '/api/v1/commands/none', status: 404 },
    { path: '/api/v1/gaps?mode=odd', status: 400 },
  ])('says what is wrong with $path', async ({ path, status }) => {
    const refused = await ask('GET', path);

    expect(refused).toMatchObject({ status, answer: { success: false } });
  });

  it('shows one partition, also when nothing but its ID is kept', async () => {
    const [first] = await store.claim({
      ...{ workerId: 'w', limit: 1, leaseMs: LEASE_MS, attemptsMax: 3 },
      ...{ isPreempting: false, isReturning: false },
    });
    const { id = 0, token = 0 } = first ?? {};
    expect(await ask('GET', '/api/v1/partitions/1')).toMatchObject({
      answer: { status: 'claimed', worker_id: 'w', token },
    });
    await store.settle([{ id, token, event: 'complete', items: 10 }]);

    expect(await ask('GET', '/api/v1/partitions/1')).toEqual({
      ...{ status: 200, answer: { partition_id: 1, status: 'completed' } },
    });
  });

  it('explains why a partition does not run', async () => {
    await bury(1);
    const why = async (id: number) => {
      const { answer } = await ask('GET', `/api/v1/partitions/${id}/explain`);
      return JSON.stringify(answer);
    };

    expect(await why(1)).toContain('given up after 1 attempts: disk full');
    expect(await why(2)).toContain('No worker is active');
    await store.renew({ workerId: 'w', held: [], leaseMs: 1, presenceMs: 60_000 });
    expect(await why(2)).toContain('waits for one of 1 active workers');
    await ask('POST', '/api/v1/pause');
    expect(await why(2)).toContain('All is paused');
    expect(await why(77)).toContain('There is no partition 77');
  });

  it('pauses and resumes', async () => {
    expect(await ask('POST', '/api/v1/pause')).toMatchObject({ answer: { is_paused: true } });
    expect(await ask('GET', '/api/v1/stats')).toMatchObject({ answer: { is_paused: true } });
    expect(await ask('POST', '/api/v1/resume')).toMatchObject({ answer: { is_paused: false } });
  });

  it('cancels and deletes', async () => {
    expect(await ask('POST', '/api/v1/partitions/2/cancel')).toMatchObject({ status: 200 });
    expect(await store.partition(2)).toMatchObject({ status: 'dead', error: 'cancelled by hand' });
    expect(await ask('DELETE', '/api/v1/partitions/2')).toMatchObject({ status: 200 });
    expect(await ask('DELETE', '/api/v1/partitions/2')).toMatchObject({ status: 404 });
  });

  it('counts under the names of both documents', async () => {
    await bury(1);

    expect(await ask('GET', '/api/v1/stats')).toMatchObject({
      answer: {
        ...{ total: 3, pending: 2, dead: 1, TotalCount: 3, CompletedCount: 0 },
        ...{ max_partition_id: 3, last_allocated_id: '30', completion_rate: 0 },
      },
    });
  });

  it('tells who leads and who works', async () => {
    await store.renew({ workerId: 'w', held: [], leaseMs: 1, presenceMs: 60_000 });

    expect(await ask('GET', '/api/v1/leader')).toMatchObject({
      answer: { leader: 'other', epoch },
    });
    expect(await ask('GET', '/api/v1/workers')).toMatchObject({
      answer: { workers: [{ worker_id: 'w', is_active: true, held_partitions: 0 }] },
    });
  });

  it('tells gaps, and leaves filling them to the leader', async () => {
    await store.remove([2]);

    expect(await ask('GET', '/api/v1/gaps')).toMatchObject({
      answer: {
        ...{ mode: 'full', scanned_from: '1', scanned_to: '30', partitions_checked: 2 },
        gaps: [
          ...[{ start_id: '11', end_id: '20', size: '10', prev_partition: 1, action: 'left' }],
        ],
        created_partition_ids: [],
      },
    });
    expect(await ask('POST', '/api/v1/gaps')).toMatchObject({
      ...{ status: 409, answer: { message: 'only the leader fills gaps, and other leads' } },
    });
  });
});
