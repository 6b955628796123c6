import { describe, expect, it } from 'vitest';
import type { HttpClient, HttpRequest } from '../../shared/client/http-client.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { Metrics } from '../../shared/telemetry/metrics.ts';
import { seededRandom } from '../../test/delivery/support/seeded-random.ts';
import { HastyClock } from '../../test/support/hasty-clock.ts';
import { AgentCaller, type CallOutcome } from './agent-caller.ts';
import { CallPolicy } from './call-policy.ts';
import { FleetMetrics } from './fleet-metrics.ts';
import { Slaves } from './slaves.ts';

const URL = 'http://10.0.0.1:4000/agents/7';
const OTHER = 'http://10.0.0.2:4000';
const STATUS = {
  operation: 'status',
  method: 'GET',
  path: '/logkit/status?a=1',
  timeoutMs: 5,
} as const;
const never = new AbortController().signal;
const asIs = (outcome: CallOutcome) => outcome;

type Ask = HttpClient['request'];

function setUp(request: Ask) {
  const clock = new HastyClock();
  const metrics = new Metrics();
  const signed: string[] = [];
  const caller = new AgentCaller({
    http: { request, close: () => Promise.resolve() },
    policy: new CallPolicy([]),
    sign: (method, path, body) => {
      signed.push(`${method} ${path} ${body.toString()}`);
      return { authorization: `signature ${signed.length}` };
    },
    clock,
    random: seededRandom(1, 'agents'),
    metrics: new FleetMetrics(metrics, new Slaves(clock)),
  });
  return { caller, metrics, signed, clock };
}

const answering =
  (status: number, body: string): Ask =>
  async () => ({ status, headers: {}, body });
const failing =
  (error: Error): Ask =>
  () =>
    Promise.reject(error);

const unsent = () => new AppError('unavailable', 'dial', { details: { reached: false } });
const broken = () => new AppError('unavailable', 'EOF', { details: { reached: true } });

/** Fails so often, then answers. */
function failingFirst(errors: AppError[]): Ask {
  return async () => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return { status: 200, headers: {}, body: 'x' };
  };
}

describe('AgentCaller', () => {
  it('asks below the url of the agent, and signs what the agent sees, each call anew', async () => {
    const asked: HttpRequest[] = [];
    const { caller, signed } = setUp(async (request) => {
      asked.push(request);
      return { status: 200, headers: {}, body: 'x' };
    });
    const body = Buffer.from('{}');

    await caller.callAll({ ...STATUS, method: 'POST', body }, [URL, URL], asIs, never);

    expect(signed).toEqual(['POST /logkit/status?a=1 {}', 'POST /logkit/status?a=1 {}']);
    expect(asked).toMatchObject([
      {
        ...{ method: 'POST', url: `${URL}/logkit/status?a=1`, body, timeoutMs: 5 },
        headers: { 'content-type': 'application/json', authorization: 'signature 1' },
      },
      { headers: { authorization: 'signature 2' } },
    ]);
  });

  it.each([
    { error: new AppError('timeout', 'late'), outcome: 'unknown' },
    {
      error: new AppError('unavailable', 'EOF', { details: { reached: true } }),
      outcome: 'unknown',
    },
    { error: new AppError('unavailable', 'odd'), outcome: 'unknown' },
    { error: new TypeError('a bug'), outcome: 'unknown' },
    {
      error: new AppError('unavailable', 'dial', { details: { reached: false } }),
      outcome: 'not_sent',
    },
  ])('says $outcome after "$error.message"', async ({ error, outcome }) => {
    const { caller } = setUp(failing(error));

    expect(await caller.callAll(STATUS, [URL], asIs, never)).toEqual([
      { url: URL, answered: false, outcome, error: error.message },
    ]);
  });

  it('begins no call once it is given up', async () => {
    const { caller } = setUp(failing(new Error('called')));

    const outcomes = await caller.callAll(STATUS, [URL], asIs, AbortSignal.abort());

    expect(outcomes).toMatchObject([{ answered: false, outcome: 'not_sent' }]);
  });

  it('leaves out answers that are too long together, but not their status', async () => {
    const huge = 'x'.repeat(100 * 1024 * 1024);
    const { caller } = setUp(answering(200, huge));

    const kept = await caller.callAll(
      STATUS,
      [URL, URL, URL],
      (outcome) => outcome.answered && [outcome.status, outcome.body.slice(0, 9)],
      never,
    );

    expect(kept).toEqual([
      [200, 'xxxxxxxxx'],
      [200, 'xxxxxxxxx'],
      [200, '(left out'],
    ]);
  });

  it.each([
    { request: answering(200, ''), outcome: 'ok' },
    { request: answering(404, ''), outcome: 'refused' },
    { request: failing(new AppError('timeout', 'late')), outcome: 'unknown' },
  ])('counts a call as $outcome', async ({ request, outcome }) => {
    const { caller, metrics } = setUp(request);

    await caller.callAll(STATUS, [URL, URL], asIs, never);

    const calls = (await metrics.text())
      .split('\n')
      .filter((line) => /^\S+_calls_total/.test(line));
    expect(calls).toEqual([
      `logkit_fleet_fanout_calls_total{operation="status",outcome="${outcome}"} 2`,
    ]);
  });

  it.each([
    { asked: 'a question', method: 'GET', failed: unsent, answered: true },
    { asked: 'a question', method: 'GET', failed: broken, answered: true },
    { asked: 'a command', method: 'POST', failed: unsent, answered: true },
    // It may have been done.
    { asked: 'a command', method: 'POST', failed: broken, answered: false },
  ] as const)(
    'sends $asked once more after "$failed" where nothing can be done twice: $answered',
    async (row) => {
      const { caller, signed, metrics } = setUp(failingFirst([row.failed()]));

      const request = { ...STATUS, method: row.method, timeoutMs: 5_000 };
      const outcomes = await caller.callAll(request, [URL], asIs, never);

      expect(outcomes).toMatchObject([{ answered: row.answered }]);
      // Each attempt is signed: a signature counts once.
      expect(signed).toHaveLength(row.answered ? 2 : 1);
      const retries = `logkit_fleet_fanout_retries_total ${row.answered ? 1 : 0}`;
      expect(await metrics.text()).toContain(retries);
    },
  );

  it('leaves an agent alone for a moment that fails again and again, and no other', async () => {
    let calls = 0;
    const { caller, clock, metrics } = setUp(async ({ url }) => {
      if (!url.startsWith(URL)) return { status: 200, headers: {}, body: 'x' };
      calls += 1;
      throw new AppError('timeout', 'late');
    });
    const request = { ...STATUS, timeoutMs: 5_000 };
    const ask = async () => (await caller.callAll(request, [URL, OTHER], asIs, never)).at(0);
    for (let nth = 0; nth < 5; nth += 1) await ask();

    expect(await ask()).toEqual({
      ...{ url: URL, answered: false, outcome: 'not_sent' },
      error: 'not called for a moment, as it has failed again and again: late',
    });
    expect(await caller.callAll(request, [OTHER], asIs, never)).toMatchObject([{ answered: true }]);
    expect(calls).toBe(5);

    await clock.sleep(2_000, never);
    await ask();
    expect(calls).toBe(6);
    expect(await metrics.text()).toContain('logkit_fleet_fanout_breaks_total{state="open"} 2');
  });
});
