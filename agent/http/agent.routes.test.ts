import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ERROR_TEXTS } from '../../shared/api/codes.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { type EdgeServer, serveEdge } from '../../test/support/edge-server.ts';
import { RunnersRig } from '../../test/support/runners-rig.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { agentRoutes } from './agent.routes.ts';
import { tagRoute } from './tag.routes.ts';

const DONE = { code: 'L200' };
const IDENTITY = { tag: 't1', url: 'http://127.0.0.1:16201' };

let rig: RunnersRig;
let edge: EdgeServer;
let api: ReturnType<typeof request>;

beforeEach(async () => {
  rig = await RunnersRig.create();
  const routes = agentRoutes({
    runners: rig.runners,
    version: '1.2.3',
    identity: () => IDENTITY,
  });
  edge = await serveEdge({ routes: [...routes, tagRoute(null)] });
  api = request(edge.url);
});

afterEach(async () => {
  await edge.close(0);
  await rig.remove();
});

describe('reads', () => {
  it.each([
    { path: 'version', data: { version: 'v1.2.3' } },
    { path: 'errorcode', data: ERROR_TEXTS },
    { path: 'runners', data: [] },
    { path: 'status', data: {} },
    { path: 'errors', data: {} },
    { path: 'configs', data: {} },
  ])('GET $path of an agent without runners', async ({ path, data }) => {
    await api.get(`/logkit/${path}`).expect(200, { code: 'L200', data });
  });

  it.each([
    { path: 'errors/nosuch', code: 'L1008', message: 'runner does not exist' },
    { path: 'configs/nosuch', code: 'L1001', message: 'config nosuch is not found' },
    { path: 'configs/..%2Fx', code: 'L1001', message: 'config ../x is not found' },
  ])('GET $path is refused with $code', async ({ path, code, message }) => {
    await api.get(`/logkit/${path}`).expect(400, { code, message, error: message });
  });

  it('show a runner with its identity, its counts and its errors', async () => {
    await writeFile(rig.source, '{"a":1}\nno json\n');
    await rig.add('r1', { parser: { type: 'json' }, senders: [jsonSender()] });
    const status = await waitFor('the lines', async () => {
      const { body } = await api.get('/logkit/status').expect(200);
      return body.data.r1.readDataCount === 2 && body.data.r1;
    });

    expect(Object.keys(status as object)).toEqual([
      ...['name', 'logpath', 'readDataSize', 'readDataCount', 'elaspedtime', 'lag'],
      ...['readerStats', 'parserStats', 'senderStats', 'transformStats', 'readspeed_kb'],
      ...['readspeed', 'readspeedtrend_kb', 'readspeedtrend', 'runningStatus', 'tag', 'url'],
      ...['history_errors', 'stalled', 'ledger'],
    ]);
    expect(status).toMatchObject({
      name: 'r1',
      logpath: rig.source,
      lag: { size: 0, sizeunit: 'bytes', ftlags: 0, total: 0 },
      parserStats: { success: 1, errors: 1 },
      senderStats: { [`fileSender:${rig.sink()}`]: { success: 2, errors: 0 } },
      runningStatus: 'running',
      ...IDENTITY,
    });
    const { text } = await api.get('/logkit/errors/r1').expect(200);
    // Nanoseconds since 1970 are beyond what a double can hold; each digit counts.
    expect(text).toMatch(
      /^\{"code":"L200","data":\{"read_errors":null,"parse_errors":\[\{"error":"[^"]+.*","timestamp":\d{19},"count":1\}\],"transform_errors":null,"send_errors":null\}\}$/,
    );
    const { body } = await api.get('/logkit/errors').expect(200);
    expect(Object.keys(body.data as object)).toEqual(['r1']);
  });

  it('never fail, whatever state the runners are in', async () => {
    await rig.add('running');
    await rig.add('stopped', { is_stopped: true });
    await writeFile(join(rig.restDir, 'broken.conf'), '{');
    const conf = await rig.conf('mine.conf', '{');
    await rig.changed(conf);
    await rig.restart();
    await rig.changed(conf);
    const routes = agentRoutes({ runners: rig.runners, version: '1', identity: () => IDENTITY });
    await using restarted = await serveEdge({ routes });
    const again = request(restarted.url);

    for (const path of ['status', 'errors', 'configs']) {
      const { body } = await again.get(`/logkit/${path}`).expect(200);
      expect(Object.keys(body.data as object)).toHaveLength(4);
    }
    const { body } = await again.get('/logkit/runners').expect(200);
    expect(body.data.toSorted()).toEqual(['broken', 'mine', 'running', 'stopped']);
  });
});

describe('commands', () => {
  it('add, change, stop, start, reset and delete a runner', async () => {
    const r1 = '/logkit/configs/r1';
    await api.post(r1).send(rig.config('other')).expect(200, DONE);
    await api.get('/logkit/runners').expect(200, { code: 'L200', data: ['r1'] });
    await api
      .put(r1)
      .send({ ...rig.config(), batch_len: 7 })
      .expect(200, DONE);
    const { body: one } = await api.get(r1).expect(200);
    const { body: all } = await api.get('/logkit/configs').expect(200);
    expect(one.data).toMatchObject({ name: 'r1', batch_len: 7, reader: { runner_name: 'r1' } });
    expect(all.data).toEqual({ [join(rig.restDir, 'r1.conf')]: one.data });

    await api.post(`${r1}/stop`).expect(200, DONE);
    await api.post(`${r1}/start`).expect(200, DONE);
    await api.post(`${r1}/reset`).expect(200, DONE);
    await api.delete(r1).expect(200, DONE);
    await api.get('/logkit/runners').expect(200, { code: 'L200', data: [] });
  });

  it.each<{ method: 'post' | 'put' | 'delete'; path: string; code: string; message: RegExp }>([
    { method: 'post', path: 'r1', code: 'L1002', message: /^file r1 runner is running$/ },
    { method: 'post', path: 'a%2Fb', code: 'L1002', message: /^runner name "a\/b" is not allowed/ },
    { method: 'post', path: 'r1/start', code: 'L1004', message: /r1\.conf has already started$/ },
    { method: 'post', path: 'r2/stop', code: 'L1005', message: /r2\.conf has already stopped$/ },
    { method: 'put', path: 'nosuch', code: 'L1007', message: /^runner nosuch not found$/ },
    { method: 'delete', path: 'nosuch', code: 'L1003', message: /nosuch\.conf is not found$/ },
    { method: 'delete', path: '..%2Fx', code: 'L1003', message: /is not allowed/ },
    { method: 'post', path: 'nosuch/start', code: 'L1004', message: /^runner nosuch not found$/ },
    { method: 'post', path: 'nosuch/stop', code: 'L1005', message: /^runner nosuch not found$/ },
    { method: 'post', path: 'nosuch/reset', code: 'L1006', message: /^runner nosuch not found$/ },
  ])('$method $path is refused with $code', async ({ method, path, code, message }) => {
    await rig.add('r1');
    await rig.add('r2', { is_stopped: true });
    const { body } = await api[method](`/logkit/configs/${path}`).send(rig.config()).expect(400);

    expect(body).toEqual({ code, message: expect.stringMatching(message) });
  });

  it.each([
    { body: '', why: "code=400, message=Request body can't be empty" },
    {
      body: '{bad',
      why: "code=400, message=Syntax error: offset=2, error=invalid character 'b' looking for beginning of object key string",
    },
    {
      body: '{"batch_len":"5"}',
      why: 'code=400, message=Unmarshal type error: expected=int, got=string, offset=16',
    },
  ])('are refused with the words of the original for the body $body', async ({ body, why }) => {
    for (const [method, path, code] of [
      ['post', 'r1', 'L1002'],
      ['put', 'r1', 'L1007'],
    ] as const) {
      await api[method](`/logkit/configs/${path}`)
        .set('content-type', 'application/json')
        .send(body)
        .expect(400, { code, message: why });
    }
  });

  it('leave the user’s own files alone but by force', async () => {
    const path = await rig.conf('mine.conf', rig.config('mine'));
    await rig.changed(path);
    const { body } = await api.delete('/logkit/configs/mine').expect(400);
    expect(body.message).toContain(path);
    await api.put('/logkit/configs/mine').send(rig.config('mine')).expect(400);
    await api.put('/logkit/configs/mine?force=true').send(rig.config('mine')).expect(200, DONE);
    await api.delete('/logkit/configs/mine?force=true').expect(200, DONE);
  });

  it('answer 503 when the disk refuses', async () => {
    await writeFile(rig.restDir, 'no folder');
    const { body } = await api.post('/logkit/configs/r1').send(rig.config()).expect(503);

    expect(body).toMatchObject({ code: 'L1002', message: expect.stringContaining(rig.restDir) });
  });
});

describe('POST /logkit/cluster/tag', () => {
  it('is refused where there is no cluster', async () => {
    await api
      .post('/logkit/cluster/tag')
      .send({ tag: 'x' })
      .expect(400, { code: 'L2005', message: 'cluster function not configed' });
  });

  it.each<{ body: object; status: number; answer: object; told: string[] }>([
    { body: { tag: 'web' }, status: 200, answer: DONE, told: ['web'] },
    { body: {}, status: 200, answer: DONE, told: [''] },
    {
      body: { tag: 'refused' },
      status: 503,
      answer: { code: 'L2005', message: 'master http://m is unavailable' },
      told: ['refused'],
    },
    {
      body: { tag: 7 },
      status: 400,
      answer: {
        code: 'L2005',
        message: 'code=400, message=Unmarshal type error: expected=string, got=number, offset=8',
      },
      told: [],
    },
    {
      body: { tag: 'x'.repeat(257) },
      status: 400,
      answer: { code: 'L2005', message: 'tag: tag is longer than 256 characters' },
      told: [],
    },
  ])('answers $status $answer', async ({ body, status, answer, told }) => {
    const tags: string[] = [];
    const setTag = async (tag: string) => {
      tags.push(tag);
      if (tag === 'refused') throw new AppError('unavailable', 'master http://m is unavailable');
    };
    await using cluster = await serveEdge({ routes: [tagRoute({ setTag })] });

    await request(cluster.url).post('/logkit/cluster/tag').send(body).expect(status, answer);
    expect(tags).toEqual(told);
  });
});

function jsonSender() {
  return { sender_type: 'file', file_send_path: rig.sink() };
}
