import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DONE, FakeAgent, type FakeAnswer } from '../../test/support/fake-agent.ts';
import { ServedMaster } from '../../test/support/serve-master.ts';

const STORE_PATH = '/logkit/partitions/store';
const SHARED = '{"partition":{"key":"orders"},"reader":{"mode":"dir"}}';
const ALONE = '{"reader":{"mode":"dir"}}';
/** Waited in full for an agent that hangs; all others answer long before, also on a slow machine. */
const HUNG_MS = 1_000;

const A = store({ type: 'redis', id: 'a' });
const B = store({ type: 'sqlite', id: 'b' });
const UNSET = store(null);
/** A Go agent, or one of an older version. */
const UNAWARE: FakeAnswer = { status: 404, body: '{"message":"Not Found"}' };

function store(told: object | null): FakeAnswer {
  return { status: 200, body: JSON.stringify({ code: 'L200', data: { store: told } }) };
}

describe('a runner that agents share', () => {
  let master: ServedMaster;
  let agents: FakeAgent[];

  beforeEach(() => {
    master = new ServedMaster({ config: { readTimeoutMs: 60_000 } });
    agents = [];
  });
  afterEach(async () => {
    await master.close();
    await Promise.all(agents.map((agent) => agent.close()));
  });

  async function agentsWith(...answers: readonly FakeAnswer[]): Promise<readonly string[]> {
    for (const answer of answers) {
      const agent = await FakeAgent.start(({ path }) => (path === STORE_PATH ? answer : DONE));
      agents.push(agent);
      await master.register(agent.url);
    }
    return agents.map(({ url }) => url);
  }

  const sent = (method: 'post' | 'put', body = SHARED) =>
    master.api[method]('/logkit/cluster/configs/r1').type('application/json').send(body);
  const changed = () =>
    agents.map(({ asked }) => asked.filter(({ method }) => method !== 'GET').length);

  it.each(['post', 'put'] as const)('reaches agents of one store (%s)', async (method) => {
    await agentsWith(A, A, A);

    await sent(method).expect(200, { code: 'L200' });

    expect(changed()).toEqual([1, 1, 1]);
    expect(agents[0]?.asked.at(-1)?.body).toBe(SHARED);
  });

  it('may run on one agent alone, with a store of its own machine', async () => {
    await agentsWith(B);
    await sent('post').expect(200, { code: 'L200' });
  });

  it.each(['post', 'put'] as const)(
    'is refused whole where stores differ, with who has which (%s)',
    async (method) => {
      const [one, two, three] = await agentsWith(A, B, A);

      const { body } = await sent(method).expect(400);

      expect(body).toEqual({
        code: method === 'post' ? 'L2006' : 'L2011',
        message: expect.stringMatching(/runner r1 is refused: .*set store\.type and store\.url/),
        data: {
          stores: [
            { url: one, store: { type: 'redis', id: 'a' }, error: '' },
            { url: two, store: { type: 'sqlite', id: 'b' }, error: '' },
            { url: three, store: { type: 'redis', id: 'a' }, error: '' },
          ],
        },
      });
      expect(body.message.split('\n').slice(1)).toEqual([
        `store redis a: ${one}, ${three}`,
        `store sqlite b: ${two}`,
      ]);
      expect(changed()).toEqual([0, 0, 0]);
    },
  );

  it.each([
    { answer: UNSET, says: 'store is not set', why: 'has none' },
    { answer: UNAWARE, says: 'cannot share work', why: 'does not know of shared work' },
    { answer: { status: 405, body: '' }, says: 'cannot share work', why: 'has no such method' },
    { answer: { status: 200, body: '<html>' }, says: 'cannot share work', why: 'answers a page' },
    { answer: DONE, says: 'cannot share work', why: 'says nothing' },
    {
      answer: { status: 503, body: '{"message":"redis is away"}' },
      says: 'store not known, {"message":"redis is away"} <nil>',
      why: 'cannot ask its store',
    },
    { answer: 'reset', says: 'store not known, Get', why: 'breaks off' },
  ] as const)('is refused, also on one agent, where it $why', async ({ answer, says }) => {
    const [url] = await agentsWith(answer);

    const { body } = await sent('post').expect(400);

    expect(body.message.split('\n')[1]).toContain(says);
    expect(body.message).toContain(url);
    expect(body.data.stores).toMatchObject([{ url, store: null }]);
    expect(changed()).toEqual([0]);
  });

  it('is refused where an agent hangs', async () => {
    await master.close();
    master = new ServedMaster({ config: { readTimeoutMs: HUNG_MS } });
    await agentsWith('hang', A);

    const { body } = await sent('post').expect(400);

    expect(body.message.split('\n')[1]).toMatch(/^store not known, Get .*1000 ms/);
    expect(changed()).toEqual([0, 0]);
  });

  it('names the first of many agents, and counts the others', async () => {
    await agentsWith(...Array.from({ length: 22 }, () => UNSET));

    const { body } = await sent('post').expect(400);

    expect(body.message.split('\n')[1]).toMatch(
      /^store is not set: (http\S+, ){19}http\S+ and 2 more$/,
    );
    expect(body.data.stores).toHaveLength(22);
  });

  it('does not ask where nothing is shared', async () => {
    await agentsWith(UNAWARE, A);

    await sent('post', ALONE).expect(200, { code: 'L200' });
    await sent('put', '{"partition":null}').expect(200);

    expect(agents.flatMap(({ asked }) => asked.map(({ path }) => path))).not.toContain(STORE_PATH);
  });
});
