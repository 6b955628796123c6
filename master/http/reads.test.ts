import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeAgent, type FakeAnswer } from '../../test/support/fake-agent.ts';
import { ServedMaster } from '../../test/support/serve-master.ts';

const CLUSTER = '/logkit/cluster';
/** Waited in full for an agent that hangs; all others answer long before, also on a slow machine. */
const HUNG_MS = 1_000;
const READ_MS_MAX = 60_000;
const STATUS = '{"name":"r1","readDataSize":85,"elaspedtime":5.0,"runningStatus":"running"}';
const NO_ERRORS =
  '{"read_errors":null,"parse_errors":null,"transform_errors":null,"send_errors":null}';
const NOT_FOUND = '{"code":"L1001","message":"config nosuch is not found"}';

const ok = (data: string): FakeAnswer => ({ status: 200, body: `{"code":"L200","data":${data}}` });

/** Answers as an original agent with one runner does. */
function goAnswer({ path }: { path: string }): FakeAnswer {
  if (path === '/logkit/status') return ok(`{"r1":${STATUS}}`);
  if (path === '/logkit/runners') return ok('["r2","r1"]');
  if (path === '/logkit/configs') return ok('{"/x/r1.conf":{"name":"r1","batch_len":2}}');
  if (path === '/logkit/configs/r1') return ok('{"name":"r1","batch_len":2}');
  return { status: 400, body: NOT_FOUND };
}

describe('the reads of a master', () => {
  let master: ServedMaster;
  let one: FakeAgent;
  let two: FakeAgent;

  beforeEach(async () => {
    one = await FakeAgent.start(goAnswer);
    two = await FakeAgent.start(goAnswer);
    master = await served(READ_MS_MAX);
  });
  afterEach(async () => {
    await master.close();
    await Promise.all([one.close(), two.close()]);
  });

  /** A master that knows both agents. */
  async function served(readTimeoutMs: number): Promise<ServedMaster> {
    const fresh = new ServedMaster({ config: { readTimeoutMs } });
    await fresh.register(one.url, 't1');
    await fresh.register(two.url, 't2');
    return fresh;
  }

  const read = (path: string) => master.api.get(CLUSTER + path);
  type Data = Readonly<Record<string, { readonly error?: unknown }>>;
  const data = async (path: string) => {
    const { body }: { readonly body: { readonly data: Data } } = await read(path).expect(200);
    return body.data;
  };

  it('shows the status of every agent, and adds the history of errors to an old one', async () => {
    const { text } = await read('/status?tag=t1').expect(200);

    expect(text).toBe(
      `{"code":"L200","data":{"${one.url}":{"status":{"r1":${STATUS.slice(0, -1)},` +
        `"history_errors":${NO_ERRORS}}},"tag":"t1","error":""}}}`,
    );
    expect(one.asked).toMatchObject([
      { method: 'GET', path: '/logkit/status', contentType: 'application/json', body: '' },
    ]);
    expect(two.asked).toEqual([]);
  });

  it('relays a history of errors with every digit', async () => {
    const runner = `{"name":"r1","history_errors":{"read_errors":[{"error":"a<b","timestamp":1700000000123456789,"count":1}]}}`;
    one.answer = () => ok(`{"r1":${runner}}`);

    const { text } = await read('/status?tag=t1').expect(200);

    expect(text).toContain('"timestamp":1700000000123456789,"count":1');
    expect(text).toContain('"error":"a\\u003cb"');
  });

  it('shows the configurations of every agent', async () => {
    const configs = { '/x/r1.conf': { name: 'r1', batch_len: 2 } };

    expect(await data('/configs')).toEqual({
      [one.url]: { configs, tag: 't1', error: '' },
      [two.url]: { configs, tag: 't2', error: '' },
    });
  });

  it('unites the names of runners, sorted', async () => {
    two.answer = () => ok('["r3","r1"]');

    expect(await data('/runners')).toEqual(['r1', 'r2', 'r3']);
  });

  it.each(['/configs/r1', '/config/r1'])('gives the first configuration of %s', async (path) => {
    two.answer = () => ok('{"name":"r1","batch_len":3,"big":9007199254740993}');

    expect(await data(path)).toEqual({ name: 'r1', batch_len: 2 });
    const { text } = await read(`${path}?tag=t2`).expect(200);
    expect(text).toBe('{"code":"L200","data":{"name":"r1","batch_len":3,"big":9007199254740993}}');
  });

  it('says that nobody has a configuration in the words of the original', async () => {
    const { body } = await read('/configs/nosuch').expect(400);

    expect(body).toMatchObject({
      code: 'L2014',
      message: `get slave(tag = ''', url = '${two.url}/logkit/configs/nosuch') config failed resp is ${NOT_FOUND}, error is <nil>`,
    });
    const narrowed = await read('/configs/nosuch?tag=t1').expect(400);
    expect(narrowed.body.message).toContain(`get slave(tag = 't1'', url = '${one.url}/logkit`);
  });

  it('finds a configuration that only the last of many agents has, in the order of the list', async () => {
    const many = await Promise.all(Array.from({ length: 12 }, () => FakeAgent.start(goAnswer)));
    for (const agent of many) await master.register(agent.url, 'many');
    const path = '/logkit/configs/late';
    for (const [index, agent] of many.entries()) {
      if (index >= 10)
        agent.answer = (asked) => (asked.path === path ? ok(`{"n":${index}}`) : 'reset');
    }

    expect(await data('/configs/late')).toEqual({ n: 10 });
    expect(many[0]?.asked).toHaveLength(1);
    await Promise.all(many.map((agent) => agent.close()));
  });

  it.each([
    { path: '/status', empty: {} },
    { path: '/configs', empty: {} },
    { path: '/runners', empty: [] },
    { path: '/slaves', empty: [] },
  ])('answers $path for nobody with nothing', async ({ path, empty }) => {
    expect(await data(`${path}?tag=nope`)).toEqual(empty);
    const { body } = await read('/configs/r1?tag=nope').expect(400);
    expect(body).toMatchObject({ code: 'L2014', message: '' });
  });

  it('does not call a slave that is not ok, and shows it as empty', async () => {
    master.clock.advance(61_000);
    await master.register(one.url, 't1');

    expect((await data('/status'))[two.url]).toEqual({ status: {}, tag: 't2', error: '' });
    expect((await data('/configs'))[two.url]).toEqual({ configs: {}, tag: 't2', error: '' });
    expect(await data('/runners')).toEqual(['r1', 'r2']);
    const { body } = await read('/configs/r1?tag=t2').expect(400);
    expect(body.message).toBe("the slaves(tag = 't2', url = '') status is lost");
    expect(two.asked).toEqual([]);
  });

  it.each([
    { why: 'hangs', answer: 'hang', error: /^ Get ".*\/logkit\/status": .*1000 ms/ },
    { why: 'resets', answer: 'reset', error: /^ Get ".*\/logkit\/status": / },
    { why: 'refuses', answer: { status: 503, body: 'busy' }, error: /^busy <nil>$/ },
    {
      why: 'sends HTML',
      answer: { status: 200, body: '<html>' },
      error: /^unmarshal query result error .*, body is <html>$/,
    },
    {
      why: 'sends nothing',
      answer: { status: 200, body: '' },
      error: /^unmarshal query result error /,
    },
    {
      why: 'sends a list',
      answer: { status: 200, body: '[]' },
      error: /^unmarshal query result error /,
    },
    {
      why: 'sends data of a wrong type',
      answer: ok('"x"'),
      error: /^unmarshal query result error /,
    },
    {
      why: 'sends a number of its own digits',
      answer: ok('1.0'),
      error: /^unmarshal query result error /,
    },
    {
      why: 'nests too deep',
      answer: ok(`{"a":{"b":${'['.repeat(50_000)}1.0${']'.repeat(50_000)}}}`),
      error: /^unmarshal query result error /,
    },
    {
      why: 'sends too much',
      answer: { status: 200, body: 'x'.repeat(17 * 1024 * 1024) },
      error: /longer than/,
    },
  ] as const)('shows what is wrong with an agent that $why, and the other one', async (row) => {
    if (row.answer === 'hang') {
      await master.close();
      master = await served(HUNG_MS);
    }
    one.answer = () => row.answer;

    const status = await data('/status');

    expect(status[one.url]).toEqual({
      status: null,
      tag: 't1',
      error: expect.stringMatching(row.error),
    });
    expect(status[two.url]).toMatchObject({ tag: 't2', error: '', status: { r1: { name: 'r1' } } });
    expect(await data('/runners')).toEqual(['r1', 'r2']);
    expect(await data('/configs/r1')).toEqual({ name: 'r1', batch_len: 2 });
  });

  it('shows that the status of a runner is of a wrong type', async () => {
    one.answer = () => ok('{"r1":7}');

    expect((await data('/status'))[one.url]?.error).toBe(
      'unmarshal query result error data is not a map of objects, ' +
        'body is {"code":"L200","data":{"r1":7}}',
    );
  });

  it('says that nobody listens in the words of the original', async () => {
    const { port } = new URL(one.url);
    await one.close();

    const status = await data('/status?tag=t1');

    expect(status[one.url]?.error).toBe(
      ` Get "${one.url}/logkit/status": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
  });

  it('takes an agent without data for one without runners', async () => {
    one.answer = () => ({ status: 200, body: '{"code":"L200"}' });

    expect((await data('/status'))[one.url]).toEqual({ status: null, tag: 't1', error: '' });
    expect(await data('/runners?tag=t1')).toEqual([]);
  });

  it('answers several selections at once, each with its own', async () => {
    const [first, second, both] = await Promise.all([
      data('/status?tag=t1'),
      data('/status?tag=t2'),
      data('/status'),
    ]);

    expect(Object.keys(first)).toEqual([one.url]);
    expect(Object.keys(second)).toEqual([two.url]);
    expect(Object.keys(both).sort()).toEqual([one.url, two.url].sort());
  });

  it('asks more agents than it calls at once, and counts the calls', async () => {
    const many = await Promise.all(Array.from({ length: 130 }, () => FakeAgent.start(goAnswer)));
    await Promise.all(many.map((agent) => master.register(agent.url, 'many')));

    expect(Object.keys(await data('/status?tag=many'))).toHaveLength(130);

    const text = await master.metrics.text();
    expect(text).toContain('logkit_fleet_fanout_calls_total{operation="status",outcome="ok"} 130');
    expect(text).toContain('logkit_fleet_fanout_duration_seconds_count{operation="status"} 1');
    await Promise.all(many.map((agent) => agent.close()));
  });

  it('refuses a name that no runner can have before it asks anybody', async () => {
    const { body } = await read('/configs/..%2fevil').expect(400);

    expect(body).toMatchObject({ code: 'L2014', message: expect.stringContaining('not allowed') });
    expect(one.asked).toEqual([]);
  });
});
