import { describe, expect, it } from 'vitest';
import type { HttpClient, HttpRequest } from '../../shared/client/http-client.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { Metrics } from '../../shared/telemetry/metrics.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { AgentCaller, type CallOutcome } from './agent-caller.ts';
import { CallPolicy } from './call-policy.ts';
import { FleetMetrics } from './fleet-metrics.ts';
import { Slaves } from './slaves.ts';

const URL = 'http://10.0.0.1:4000/agents/7';
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
  const clock = new FakeClock();
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
    metrics: new FleetMetrics(metrics, new Slaves(clock)),
  });
  return { caller, metrics, signed };
}

const answering =
  (status: number, body: string): Ask =>
  async () => ({ status, headers: {}, body });
const failing =
  (error: Error): Ask =>
  () =>
    Promise.reject(error);

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
});
