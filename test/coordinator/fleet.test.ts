import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DONE, FakeAgent, type FakeAnswer } from '../support/fake-agent.ts';
import { ServedMaster } from '../support/serve-master.ts';
import { waitFor } from '../support/wait-for.ts';
import { WorkAgent } from '../support/work-agent.ts';

const PARTITIONS = '/logkit/cluster/partitions';
const WORK = `${PARTITIONS}/orders/api/v1`;
const TIMEOUT_MS = 60_000;
const HUNG_MS = 1_000;

/** It has lost its store. */
const AWAY: FakeAnswer = { status: 503, body: '{"success":false,"message":"redis is away"}' };

/** It says that it shares the work, and answers for it as it is told. */
const sharing =
  (answer: FakeAnswer) =>
  ({ path }: { readonly path: string }): FakeAnswer =>
    path === '/logkit/partitions'
      ? { status: 200, body: '{"code":"L200","data":[{"key":"orders"}]}' }
      : answer;

describe('a master, asked for the work that its agents share', () => {
  let dir: string;
  let master: ServedMaster;
  let fakes: FakeAgent[];
  let agents: WorkAgent[];
  let isBroken: boolean;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'fleet-work-'));
    master = served(TIMEOUT_MS);
    fakes = [];
    agents = [];
    isBroken = false;
  });
  afterEach(async () => {
    await master.close();
    await Promise.all([...agents.map((agent) => agent.stop()), ...fakes.map((it) => it.close())]);
    await rm(dir, { recursive: true });
  });

  function served(timeoutMs: number): ServedMaster {
    const config = { readTimeoutMs: timeoutMs, writeTimeoutMs: timeoutMs };
    return new ServedMaster({
      config,
      sign: (method, path, body) => ({ authorization: `${method} ${path} ${body.length}` }),
    });
  }

  async function agent(key = 'orders', tag = 'real'): Promise<WorkAgent> {
    const started = await WorkAgent.start({
      ...{ path: join(dir, 'store.db'), workerId: `w${agents.length}`, key },
      process: async (minId) => {
        if (isBroken && minId === 11n) throw new Error('disk full');
        return 10;
      },
    });
    agents.push(started);
    await master.register(started.url, tag);
    return started;
  }

  async function fake(answer: FakeAgent['answer'], tag = 'fake'): Promise<FakeAgent> {
    const started = await FakeAgent.start(answer);
    fakes.push(started);
    await master.register(started.url, tag);
    return started;
  }

  const settled = (counts: object) =>
    waitFor(JSON.stringify(counts), async () => {
      const { body } = await master.api.get(`${WORK}/stats`).expect(200);
      return Object.entries(counts).every(([name, count]) => body[name] === count);
    });

  it('tells who shares in which work, and who could not be asked', async () => {
    const [one, two] = [await agent(), await agent()];
    const other = await agent('clicks', 'other');
    const unaware = await fake(() => ({ status: 404, body: '{"message":"Not Found"}' }));
    const away = await fake(() => ({ status: 500, body: 'no' }));

    const all = await master.api.get(PARTITIONS).expect(200);
    const some = await master.api.get(`${PARTITIONS}?tag=other`).expect(200);
    const nobody = await master.api.get(`${PARTITIONS}?url=${unaware.url}`).expect(200);

    expect(all.body).toEqual({
      code: 'L200',
      data: {
        keys: { clicks: [other.url], orders: [one.url, two.url] },
        errors: { [away.url]: 'no <nil>' },
      },
    });
    expect(some.body.data).toEqual({ keys: { clicks: [other.url] }, errors: {} });
    expect(nobody.body.data).toEqual({ keys: {}, errors: {} });
  });

  it('passes on what they answer, and what they refuse', async () => {
    isBroken = true;
    await fake(() => ({ status: 404, body: '' }));
    const one = await agent();
    await settled({ completed: 2, dead: 1 });

    const listed = await master.api.get(`${WORK}/partitions?tag=real&status=dead&limit=5`);
    const explained = await master.api.get(`${WORK}/partitions/2/explain`).expect(200);
    const absent = await master.api.get(`${WORK}/partitions/77`).expect(404);

    expect(one.asked).toContain('status=dead&limit=5');
    expect(listed.body.partitions).toMatchObject([
      { partition_id: 2, status: 'dead', error: 'disk full' },
    ]);
    expect(explained.body).toMatchObject({
      ...{
        partition_id: 2,
        reasons: ['It was given up after 1 attempts: disk full.', expect.any(String)],
      },
    });
    expect(absent.body).toEqual({ success: false, message: 'there is no partition 77' });
  });

  it('lets them try again what has failed, pause and go on', async () => {
    isBroken = true;
    await agent();
    await settled({ completed: 2, dead: 1 });
    isBroken = false;

    await master.api.post(`${WORK}/pause`).expect(200, { success: true, is_paused: true });
    const retried = await master.api
      .post(`${WORK}/retry-failed-partitions`)
      .send({ mode: 'immediate' })
      .expect(200);
    await settled({ completed: 2, pending: 1 });
    await master.api.post(`${WORK}/resume`).expect(200, { success: true, is_paused: false });
    await settled({ completed: 3, pending: 0 });
    const command = `${WORK}/commands/${retried.body.command_id}`;

    expect(retried.body).toMatchObject({ success: true, retried_partitions: [2] });
    expect((await master.api.get(command).expect(200)).body).toMatchObject({
      ...{ status: 'completed', retried_partitions: [2] },
    });
  });

  it('finds the one that leads, where only that one can do it', async () => {
    const two = [await agent(), await agent()];
    await settled({ completed: 3 });

    const other = two.find(({ coordinator }) => coordinator.candidate.turn === null)?.url ?? '';

    // The one that does not lead is the first to be asked.
    await master.api.delete('/logkit/cluster/slaves').expect(200);
    await master.register(other);
    for (const { url } of two) await master.register(url);

    const refused = await master.api.post(`${WORK}/gaps?url=${other}`).expect(409);
    const { body } = await master.api.post(`${WORK}/gaps`).expect(200);

    expect(refused.body.message).toMatch(/^only the leader fills gaps, and w\d leads$/);
    expect(body).toMatchObject({ gaps: [], coverage_ratio: 1 });
  });

  it.each([
    { answer: 'reset', method: 'get', path: '/stats' },
    { answer: 'reset', method: 'post', path: '/pause' },
    { answer: 'hang', method: 'get', path: '/workers' },
    { answer: AWAY, method: 'get', path: '/leader' },
  ] as const)(
    'goes on to the next one after no answer of the first ($method $path)',
    async (row) => {
      await master.close();
      master = served(HUNG_MS);
      const first = await fake(sharing(row.answer));
      await agent();

      await master.api[row.method](WORK + row.path).expect(200);

      expect(first.asked.at(-1)?.path).toBe(`/logkit/partitions/orders/api/v1${row.path}`);
    },
  );

  it('tells a second one of the very same order, so that it is done once', async () => {
    const [first, second] = [await fake(sharing('reset')), await fake(sharing(DONE))];

    await master.api.post(`${WORK}/retry-failed-partitions`).send({ partition_ids: [7] });
    const orders = [first, second].map(({ asked }) => asked.at(-1)?.body);
    await master.api.post(`${WORK}/retry-failed-partitions`).send({ idempotency_key: 'mine' });

    expect(orders[0]).toMatch(/^\{"partition_ids":\[7\],"idempotency_key":"[\da-f-]{36}"\}$/);
    expect(orders[1]).toBe(orders[0]);
    expect(second.asked.at(-1)?.body).toBe('{"idempotency_key":"mine"}');
    expect(second.asked.at(-1)?.authorization).toBe(
      'POST /logkit/partitions/orders/api/v1/retry-failed-partitions 26',
    );
  });

  it('passes an order on that is none, for the agent to refuse', async () => {
    await agent();

    const { body } = await master.api
      .post(`${WORK}/retry-failed-partitions`)
      .type('application/json')
      .send('{bad')
      .expect(400);

    expect(body).toMatchObject({ success: false, message: expect.stringContaining('无效') });
  });

  it('does not delete a second time what may have been deleted', async () => {
    const [first, second] = [await fake(sharing('reset')), await fake(sharing(DONE))];

    const { body } = await master.api.delete(`${WORK}/partitions/2`).expect(503);

    expect(body).toMatchObject({ success: false, message: expect.stringContaining(first.url) });
    expect(second.asked.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('gives up after three that do not answer', async () => {
    for (let n = 0; n < 5; n += 1) await fake(sharing('reset'));

    const { body } = await master.api.get(`${WORK}/stats`).expect(503);

    expect(body.message.split('\n')).toHaveLength(4);
    const asked = fakes.filter((it) => it.asked.some(({ path }) => path.includes('stats')));
    expect(asked).toHaveLength(3);
  });

  it('passes on that none of them can reach the store', async () => {
    for (let n = 0; n < 2; n += 1) await fake(sharing(AWAY));

    const { body } = await master.api.get(`${WORK}/stats`).expect(503);

    expect(body).toEqual({ success: false, message: 'redis is away' });
    expect(fakes.every(({ asked }) => asked.some(({ path }) => path.includes('stats')))).toBe(true);
  });

  it('says that nobody shares in a work, or that it cannot find out', async () => {
    await agent();
    const unknown = await master.api.get(`${PARTITIONS}/nosuch/api/v1/stats`).expect(404);
    await fake(() => 'reset');
    const unsure = await master.api.get(`${PARTITIONS}/nosuch/api/v1/stats`).expect(503);

    expect(unknown.body).toEqual({
      success: false,
      message: 'none of the selected agents that are ok has the shared work "nosuch"',
    });
    expect(unsure.body.message).toContain(fakes[0]?.url);
  });

  it.each(['%2e%2e', '.'])('refuses the name %s, which would lead elsewhere', async (name) => {
    const first = await fake(sharing(DONE));

    await master.api.delete(`${WORK}/partitions/${name}`);

    expect(first.asked.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('has no other path, and no other method', async () => {
    await fake(sharing(DONE));
    await master.api.get(`${WORK}/nosuch`).expect(404);
    await master.api.put(`${WORK}/stats`).expect(405);
    // Whether the data are lost each process knows for itself.
    await master.api.get(`${WORK}/store`).expect(404);
    await master.api.post(`${WORK}/store/accept`).expect(404);
  });
});
