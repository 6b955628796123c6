import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DONE, FakeAgent } from '../../test/support/fake-agent.ts';
import { ServedMaster } from '../../test/support/serve-master.ts';

const CLUSTER = '/logkit/cluster';
const RUNNING = '{"code":"L1002","message":"file r1 runner is running"}';
/** Waited in full for an agent that hangs; all others answer long before, also on a slow machine. */
const HUNG_MS = 1_000;
const WRITE_MS_MAX = 60_000;
const CONFIG = '{"batch_len":2,"reader":{"mode":"file"},"senders":[{"sender_type":"discard"}]}';

describe('the commands of a master', () => {
  let master: ServedMaster;
  let one: FakeAgent;
  let two: FakeAgent;

  beforeEach(async () => {
    one = await FakeAgent.start(DONE);
    two = await FakeAgent.start(DONE);
    master = await served(WRITE_MS_MAX);
  });
  afterEach(async () => {
    await master.close();
    await Promise.all([one.close(), two.close()]);
  });

  /** A master that knows both agents. */
  async function served(writeTimeoutMs: number): Promise<ServedMaster> {
    const fresh = new ServedMaster({
      config: { writeTimeoutMs },
      sign: (method, path, body) => ({ authorization: `${method} ${path} ${body.length}` }),
    });
    await fresh.register(one.url, 't1');
    await fresh.register(two.url, 't2');
    return fresh;
  }

  const add = (query = '', body = CONFIG) =>
    master.api.post(`${CLUSTER}/configs/r1${query}`).type('application/json').send(body);

  it.each([
    { method: 'post', path: '/configs/r1', sent: 'POST /logkit/configs/r1', body: CONFIG },
    { method: 'put', path: '/configs/r1', sent: 'PUT /logkit/configs/r1', body: CONFIG },
    { method: 'delete', path: '/configs/r1', sent: 'DELETE /logkit/configs/r1', body: '' },
    { method: 'post', path: '/configs/r1/start', sent: 'POST /logkit/configs/r1/start', body: '' },
    { method: 'post', path: '/configs/r1/stop', sent: 'POST /logkit/configs/r1/stop', body: '' },
    { method: 'post', path: '/configs/r1/reset', sent: 'POST /logkit/configs/r1/reset', body: '' },
    { method: 'post', path: '/slaves/tag', sent: 'POST /logkit/cluster/tag', body: '{"tag":"x"}' },
    { method: 'post', path: '/slaves/tag', sent: 'POST /logkit/cluster/tag', body: '{}' },
  ] as const)('sends $sent $body to each agent', async ({ method, path, sent, body }) => {
    const { text } = await master.api[method](CLUSTER + path)
      .send(body)
      .expect(200);

    expect(text).toBe('{"code":"L200"}');
    for (const agent of [one, two]) {
      expect(agent.asked).toEqual([
        {
          ...{ method: sent.split(' ')[0], path: sent.split(' ')[1], body },
          ...{ contentType: 'application/json', authorization: `${sent} ${body.length}` },
        },
      ]);
    }
  });

  it('sends JSON on whatever type it came with, options as text', async () => {
    await master.api
      .post(`${CLUSTER}/configs/r1?tag=t1`)
      .type('text/plain')
      .send('{"batch_len":2,"reader":{"mode":"file","n":4096}}')
      .expect(200);

    expect(one.asked).toMatchObject([
      {
        contentType: 'application/json',
        body: '{"batch_len":2,"reader":{"mode":"file","n":"4096"}}',
      },
    ]);
  });

  it('sends a body of a megabyte', async () => {
    const body = JSON.stringify({ note: 'x'.repeat(1024 * 1024) });

    await add('?tag=t1', body).expect(200);

    expect(one.asked[0]?.body).toBe(body);
  });

  it.each([
    { name: '%E6%97%A5%E5%BF%97', path: '/logkit/configs/%E6%97%A5%E5%BF%97' },
    { name: 'my%20runner', path: '/logkit/configs/my%20runner' },
    { name: 'a.b-c_d', path: '/logkit/configs/a.b-c_d' },
    { name: 'r1?force=true&tag=t1&other=1', path: '/logkit/configs/r1?force=true' },
  ])('passes $name on as $path', async ({ name, path }) => {
    await master.api.delete(`${CLUSTER}/configs/${name}`).expect(200);

    expect(one.asked[0]?.path).toBe(path);
  });

  it.each(['..%2fevil', '..%2f..%2fevil', '.hidden', 'a%00b', '100%25'])(
    'refuses the name %s before it tells anybody',
    async (name) => {
      const { body } = await master.api.put(`${CLUSTER}/configs/${name}`).send({}).expect(400);

      expect(body).toMatchObject({
        code: 'L2011',
        message: expect.stringContaining('runner name'),
      });
      expect(one.asked).toEqual([]);
    },
  );

  it.each([
    { method: 'post', path: '/configs/r1', code: 'L2006' },
    { method: 'put', path: '/configs/r1', code: 'L2011' },
    { method: 'delete', path: '/configs/r1', code: 'L2007' },
    { method: 'post', path: '/configs/r1/start', code: 'L2008' },
    { method: 'post', path: '/configs/r1/stop', code: 'L2009' },
    { method: 'post', path: '/configs/r1/reset', code: 'L2010' },
    { method: 'post', path: '/slaves/tag', code: 'L2013' },
  ] as const)('answers $code when $method $path means nobody', async ({ method, path, code }) => {
    await master.api[method](`${CLUSTER}${path}?tag=nope`).expect(400, {
      code,
      message: "the slaves(tag = 'nope', url = '') is not found",
    });
    await master.api[method](`${CLUSTER}${path}?tag=t1&url=${two.url}`).expect(400, {
      code,
      message: `the slaves(tag = 't1', url = '${two.url}') is not found`,
    });
  });

  it('says who refused, and who did it', async () => {
    one.answer = () => ({ status: 400, body: RUNNING });

    await add().expect(503, {
      code: 'L2006',
      message: `url ${one.url} add runner r1 occurred an error, resp is ${RUNNING}, err is <nil>`,
      data: {
        applied: [two.url],
        failed: [{ url: one.url, outcome: 'refused', error: 'file r1 runner is running' }],
        skipped: [],
      },
    });
  });

  it.each([
    { method: 'put', path: '/configs/r1', words: 'update runner r1' },
    { method: 'delete', path: '/configs/r1', words: 'delete runner r1' },
    { method: 'post', path: '/configs/r1/start', words: 'start runner r1' },
    { method: 'post', path: '/configs/r1/stop', words: 'stop runner r1' },
    { method: 'post', path: '/configs/r1/reset', words: 'reset runner r1' },
    { method: 'post', path: '/slaves/tag', words: 'change tag' },
  ] as const)('has a line for each failure of "$words", in order', async (row) => {
    one.answer = () => ({ status: 500, body: 'no' });
    two.answer = () => ({ status: 404, body: 'what?' });

    const { body } = await master.api[row.method](CLUSTER + row.path).expect(503);

    expect(body.message).toBe(
      `url ${one.url} ${row.words} occurred an error, resp is no, err is <nil>\n` +
        `url ${two.url} ${row.words} occurred an error, resp is what?, err is <nil>`,
    );
  });

  it.each(['{bad', '', '[]', 'null'])('lets the agents judge the body %j', async (sent) => {
    one.answer = ({ body }) => ({ status: 400, body: `cannot read ${body}` });

    const { body } = await add('?tag=t1', sent).expect(503);

    expect(body.message).toContain(`resp is cannot read ${sent}, err is <nil>`);
    expect(one.asked).toMatchObject([{ body: sent }]);
  });

  it('says that the outcome at an agent which hangs is unknown, and tells the other one', async () => {
    await master.close();
    master = await served(HUNG_MS);
    one.answer = () => 'hang';

    const { body } = await add().expect(503);

    expect(body.message).toMatch(
      /^url .* add runner r1 occurred an error, resp is , err is Post ".*\/logkit\/configs\/r1": .*1000 ms.*unknown/,
    );
    expect(body.data).toMatchObject({
      applied: [two.url],
      failed: [{ url: one.url, outcome: 'unknown' }],
    });
  });

  it('tells an agent that broke off from one that never heard of it', async () => {
    one.answer = () => 'reset';
    const gone = await FakeAgent.start(DONE);
    await master.register(gone.url, 't3');
    await gone.close();

    const { body } = await add().expect(503);

    expect(body.data).toEqual({
      applied: [two.url],
      failed: [
        { url: one.url, outcome: 'unknown', error: expect.any(String) },
        { url: gone.url, outcome: 'not_sent', error: expect.stringContaining('refused') },
      ],
      skipped: [],
    });
  });

  it('does not send to an address that its policy refuses', async () => {
    await master.register('http://169.254.169.254', 't1');

    const { body } = await add('?tag=t1').expect(503);

    expect(body.data).toMatchObject({
      applied: [one.url],
      failed: [{ url: 'http://169.254.169.254', outcome: 'not_sent' }],
    });
  });

  it('shows no more of a long refusal than fits', async () => {
    one.answer = () => ({ status: 500, body: '<p>'.repeat(100_000) });

    const { body } = await add('?tag=t1').expect(503);

    expect(body.message.length).toBeLessThan(3_000);
    expect(body.data.failed[0].error.length).toBeLessThan(3_000);
  });

  describe('when a selected slave is lost', () => {
    beforeEach(async () => {
      master.clock.advance(61_000);
      await master.register(one.url, 't1');
    });

    it('tells nobody, and says which one it is', async () => {
      await add().expect(400, {
        code: 'L2006',
        message: `the slaves(tag = '', url = '') status is lost, options are terminated: ${two.url}`,
        data: { not_ok: [{ url: two.url, status: 'lost' }] },
      });
      expect(one.asked).toEqual([]);
    });

    it('tells the others when asked to skip it', async () => {
      await add('?on_lost=skip').expect(200, { code: 'L200', data: { skipped: [two.url] } });
      expect(one.asked).toHaveLength(1);

      one.answer = () => ({ status: 400, body: 'no' });
      const { body } = await add('?on_lost=skip').expect(503);
      expect(body.data).toMatchObject({ applied: [], skipped: [two.url] });
    });

    it('tells nobody when nobody is left', async () => {
      const { body } = await add('?on_lost=skip&tag=t2').expect(400);

      expect(body.data).toEqual({ not_ok: [{ url: two.url, status: 'lost' }] });
    });

    it('still commands a selection without it', async () => {
      await add('?tag=t1').expect(200, { code: 'L200' });
    });
  });

  it('refuses another value of on_lost', async () => {
    const { body } = await add('?on_lost=retry').expect(400);

    expect(body).toEqual({ code: 'L2006', message: expect.stringContaining('on_lost=skip') });
    expect(one.asked).toEqual([]);
  });

  it('says that it skipped nobody when asked to skip', async () => {
    await add('?on_lost=skip').expect(200, { code: 'L200', data: { skipped: [] } });
  });

  it('keeps two commands at once apart', async () => {
    one.answer = () => ({ status: 400, body: 'no' });

    const [first, second] = await Promise.all([add('?tag=t1'), add('?tag=t2')]);

    expect(first.body.data).toMatchObject({ applied: [], failed: [{ url: one.url }] });
    expect(second.body).toEqual({ code: 'L200' });
  });
});
