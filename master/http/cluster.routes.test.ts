import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServedMaster } from '../../test/support/serve-master.ts';

const CLUSTER = '/logkit/cluster';
const A = 'http://127.0.0.1:16201';
const B = 'http://127.0.0.1:16202';

describe('the routes of a master', () => {
  let master: ServedMaster;

  beforeEach(() => {
    master = new ServedMaster();
  });
  afterEach(() => master.close());

  const slaves = async (query = ''): Promise<unknown> => {
    const { body } = await master.api.get(`${CLUSTER}/slaves${query}`).expect(200);
    return body.data;
  };

  it('answers a ping, and that it is a master', async () => {
    const ping = await master.api.get(`${CLUSTER}/ping`).expect(200);
    expect(ping.text).toBe('{"code":"L200"}');

    const isMaster = await master.api.get(`${CLUSTER}/ismaster`).expect(200);
    expect(isMaster.text).toBe('{"code":"L200","data":true}');
  });

  it('lists what registered, in the words of the original', async () => {
    const answer = await master.api
      .post(`${CLUSTER}/register`)
      .send({ url: '127.0.0.1:16201', tag: 't1', extra: 1 })
      .expect(200);
    await master.register(B, 't2');

    expect(answer.text).toBe('{"code":"L200"}');
    const { text } = await master.api.get(`${CLUSTER}/slaves`).expect(200);
    expect(text).toBe(
      `{"code":"L200","data":[{"url":"${A}","tag":"t1","status":"ok","last_touch":"2024-01-01T00:00:00.000Z"},` +
        `{"url":"${B}","tag":"t2","status":"ok","last_touch":"2024-01-01T00:00:00.000Z"}]}`,
    );
  });

  it.each([
    { query: '?tag=t1', found: [A] },
    { query: `?url=${B}`, found: [B] },
    { query: `?tag=t1&url=${B}`, found: [] },
    { query: '?tag=t1,t2', found: [] },
    { query: '?tag=t1&tag=t2', found: [A] },
    { query: '?tag=&url=', found: [A, B] },
    { query: '?tag=nope', found: [] },
  ])('lists those that $query selects', async ({ query, found }) => {
    await master.register(A, 't1');
    await master.register(B, 't2');

    expect(await slaves(query)).toMatchObject(found.map((url) => ({ url })));
  });

  it('shows a silent slave as bad, then as lost', async () => {
    await master.register(A);

    master.clock.advance(30_001);
    expect(await slaves()).toMatchObject([{ status: 'bad' }]);
    master.clock.advance(30_000);
    expect(await slaves()).toMatchObject([{ status: 'lost' }]);
  });

  it('forgets what is deleted, all without a filter, and takes it back with its heartbeat', async () => {
    await master.register(A, 't1');
    await master.register(B, 't2');

    const none = await master.api.delete(`${CLUSTER}/slaves?tag=nope`).expect(200);
    expect(none.text).toBe('{"code":"L200"}');
    await master.api.delete(`${CLUSTER}/slaves?url=${A}`).expect(200);
    expect(await slaves()).toMatchObject([{ url: B }]);
    await master.api.delete(`${CLUSTER}/slaves`).expect(200);
    expect(await slaves()).toEqual([]);

    await master.register(A, 't1');
    expect(await slaves()).toMatchObject([{ url: A }]);
  });

  it.each([
    {
      sent: '{"url":5}',
      says: 'code=400, message=Unmarshal type error: expected=string, got=number, offset=8',
    },
    {
      sent: '[]',
      says: 'code=400, message=Unmarshal type error: expected=mgr.RegisterReq, got=array, offset=1',
    },
    { sent: '', says: "code=400, message=Request body can't be empty" },
    { sent: '{"tag":"nourl"}', says: 'url "" is not usable' },
    { sent: '{}', says: 'url "" is not usable' },
    { sent: 'null', says: 'url "" is not usable' },
    { sent: '{"url":"ftp://a"}', says: 'url "ftp://a" is not usable' },
    { sent: `{"url":"a:1","tag":"${'x'.repeat(257)}"}`, says: 'tag is longer than 256 characters' },
  ])('refuses the registration $sent', async ({ sent, says }) => {
    const { body } = await master.api
      .post(`${CLUSTER}/register`)
      .type('application/json')
      .send(sent)
      .expect(400);

    expect(body).toEqual({ code: 'L2004', message: expect.stringContaining(says) });
    expect(await slaves()).toEqual([]);
  });

  it('takes the registration of an address that it would refuse to call', async () => {
    await master.register('http://169.254.169.254');

    const { body } = await master.api.get(`${CLUSTER}/status`).expect(200);
    expect(body.data['http://169.254.169.254']).toEqual({
      status: null,
      tag: '',
      error: expect.stringContaining('is refused'),
    });
  });

  it.each([
    { method: 'post', path: '/configs/r1/bogus', status: 405 },
    { method: 'get', path: '/configs/r1/bogus', status: 405 },
    { method: 'get', path: '/register', status: 405 },
    { method: 'patch', path: '/slaves', status: 405 },
    { method: 'get', path: '/slaves/', status: 404 },
    { method: 'post', path: '/configs/', status: 404 },
    { method: 'get', path: '/nope', status: 404 },
  ] as const)('answers $status to $method $path', async ({ method, path, status }) => {
    const { body } = await master.api[method](CLUSTER + path).expect(status);

    expect(body).not.toHaveProperty('code');
  });

  it('measures heartbeats and the slaves by status', async () => {
    await master.register(A);
    await master.register(A);
    master.clock.advance(61_000);
    await master.register(B);

    const text = await master.metrics.text();

    expect(text).toContain('logkit_fleet_heartbeats_total 3');
    expect(text).toContain('logkit_fleet_slaves{status="ok"} 1');
    expect(text).toContain('logkit_fleet_slaves{status="bad"} 0');
    expect(text).toContain('logkit_fleet_slaves{status="lost"} 1');
  });
});

describe('the routes of a process without a cluster', () => {
  let master: ServedMaster;

  beforeEach(() => {
    master = new ServedMaster({ config: { enabled: false } });
  });
  afterEach(() => master.close());

  it('answers a ping, and that it is no master', async () => {
    await master.api.get(`${CLUSTER}/ping`).expect(200, { code: 'L200' });
    await master.api.get(`${CLUSTER}/ismaster`).expect(200, { code: 'L200', data: false });
  });

  it('takes no registration', async () => {
    await master.api
      .post(`${CLUSTER}/register`)
      .send({ url: A, tag: '' })
      .expect(400, { code: 'L2004', message: 'this is not master' });
  });

  it.each([
    { method: 'get', path: '/slaves', code: 'L2001' },
    { method: 'delete', path: '/slaves', code: 'L2012' },
    { method: 'post', path: '/slaves/tag', code: 'L2013' },
    { method: 'get', path: '/status', code: 'L2002' },
    { method: 'get', path: '/runners', code: 'L2001' },
    { method: 'get', path: '/configs', code: 'L2003' },
    { method: 'get', path: '/configs/r1', code: 'L2014' },
    { method: 'get', path: '/config/r1', code: 'L2014' },
    { method: 'post', path: '/configs/r1', code: 'L2006' },
    { method: 'put', path: '/configs/r1', code: 'L2011' },
    { method: 'delete', path: '/configs/r1', code: 'L2007' },
    { method: 'post', path: '/configs/r1/start', code: 'L2008' },
    { method: 'post', path: '/configs/r1/stop', code: 'L2009' },
    { method: 'post', path: '/configs/r1/reset', code: 'L2010' },
  ] as const)('answers $code to $method $path', async ({ method, path, code }) => {
    const { body } = await master.api[method](CLUSTER + path).expect(400);

    expect(body).toMatchObject({ code, message: 'cluster function not configed' });
  });
});

describe('the routes of a slave', () => {
  it('says that it is no master, and serves its own slaves all the same', async () => {
    const slave = new ServedMaster({ config: { isMaster: false } });

    await slave.api.get(`${CLUSTER}/ismaster`).expect(200, { code: 'L200', data: false });
    await slave.register(A);
    const { body } = await slave.api.get(`${CLUSTER}/slaves`).expect(200);

    expect(body.data).toMatchObject([{ url: A }]);
    await slave.close();
  });
});
