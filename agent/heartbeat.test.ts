import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpClient } from '../shared/client/http-client.ts';
import { createPoolClient } from '../shared/client/pool-client.ts';
import { AccessControl } from '../shared/http/auth.ts';
import { peerSigner } from '../shared/http/peer-signer.ts';
import { Bell } from '../shared/kernel/bell.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { Metrics } from '../shared/telemetry/metrics.ts';
import { type Asked, DONE, FakeAgent, type FakeAnswer } from '../test/support/fake-agent.ts';
import { FakeClock } from '../test/support/fake-clock.ts';
import { freePort } from '../test/support/fleet-process.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { Heartbeat, type HeartbeatDeps } from './heartbeat.ts';
import { fixedMasters } from './masters.ts';

const ADDRESS = 'http://127.0.0.1:16201';
const REFUSED: FakeAnswer = { status: 503, body: 'not now' };
const REGISTER = '/logkit/cluster/register';

const masters: FakeAgent[] = [];
let http: ReturnType<typeof createPoolClient>;
let logged: { readonly msg: string; readonly master: string }[];
let metrics: Metrics;
let stop: AbortController;
let beating: Promise<void>[];

beforeEach(() => {
  http = createPoolClient({ userAgent: 'test' });
  logged = [];
  metrics = new Metrics();
  stop = new AbortController();
  beating = [];
});

afterEach(async () => {
  stop.abort();
  await Promise.all(beating);
  await http.close();
  await Promise.all(masters.splice(0).map((master) => master.close()));
});

async function master(answer: FakeAnswer | ((asked: Asked) => FakeAnswer) = DONE) {
  const started = await FakeAgent.start(answer);
  masters.push(started);
  return started;
}

function heartbeat(urls: readonly string[], given: Partial<HeartbeatDeps> = {}): Heartbeat {
  const destination = { write: (line: string) => logged.push(JSON.parse(line) as never) };
  return new Heartbeat({
    masters: fixedMasters(urls),
    tokens: null,
    address: () => ADDRESS,
    tag: () => 't1',
    intervalMs: 15_000,
    sign: () => ({}),
    clock: systemClock,
    random: { next: () => 0.5 },
    log: pino({ base: null }, destination),
    ...{ http, metrics },
    ...given,
  });
}

function start(beats: Heartbeat): void {
  beating.push(beats.run(stop.signal, () => undefined));
}

/** Waits for so many beats, letting as much time pass between two as there can be. */
async function beatsOf(at: FakeAgent, clock: FakeClock, times: number): Promise<void> {
  for (let beat = 1; beat <= times; beat += 1) {
    await waitFor('the beat', () => at.asked.length === beat && clock.sleepers === 1);
    if (beat < times) clock.advance(15_750);
  }
}

describe('a heartbeat', () => {
  it('with an old tag never comes to a master behind the new tag', async () => {
    const first = Promise.withResolvers<undefined>();
    const came: unknown[] = [];
    const slow: HttpClient = {
      request: async ({ body }) => {
        if (came.length === 0) await first.promise;
        came.push(JSON.parse(String(body)));
        return { status: 200, headers: {}, body: '' };
      },
      close: () => Promise.resolve(),
    };
    const beats = heartbeat(['http://127.0.0.1:1'], { http: slow });
    start(beats);
    const announced = beats.announce('t2', stop.signal);
    first.resolve(undefined);
    await announced;

    expect(came).toEqual([
      { url: ADDRESS, tag: 't1' },
      { url: ADDRESS, tag: 't2' },
    ]);
  });

  it('is what the original sends, to each master', async () => {
    const [one, two] = [await master(), await master()];
    start(heartbeat([one.url, two.url]));
    await waitFor('both', () => one.asked.length === 1 && two.asked.length === 1);

    expect(one.asked[0]).toEqual({
      method: 'POST',
      path: REGISTER,
      contentType: 'application/json',
      authorization: undefined,
      body: JSON.stringify({ url: ADDRESS, tag: 't1' }),
    });
    expect(two.asked[0]).toEqual(one.asked[0]);
  });

  it('goes below the path of a master that has one', async () => {
    const one = await master();
    start(heartbeat([`${one.url}/masters/1`]));
    await waitFor('the beat', () => one.asked.length > 0);

    expect(one.asked[0]?.path).toBe(`/masters/1${REGISTER}`);
  });

  it('reaches one master in time while another hangs and a third is down', async () => {
    const [hung, well] = [await master('hang'), await master()];
    const nobody = `http://127.0.0.1:${await freePort()}`;
    start(heartbeat([hung.url, nobody, well.url], { intervalMs: 100 }));

    await waitFor('ten beats', () => well.asked.length >= 10);
    await waitFor('that the hung one is tried again', () => hung.asked.length >= 2);
  });

  it('is signed where there is a secret, so that a master with the same one lets it in', async () => {
    const one = await master();
    const secret = 'cluster-secret';
    start(heartbeat([one.url], { sign: peerSigner(secret, systemClock) }));
    const asked = await waitFor('the beat', () => one.asked[0]);

    const admit = async (clusterSecret: string) => {
      const auth = new AccessControl({ clusterSecret, userToken: '', clock: systemClock });
      const { signature } = await auth.admit('peer', asked.authorization);
      if (signature === null) throw new Error('let in without a signature');
      auth.verify(signature, { method: 'POST', pathAndQuery: asked.path, body: asked.body });
    };
    await admit(secret);
    await expect(admit('another-secret')).rejects.toThrow('the signature does not match');
    expect(asked.authorization).not.toContain(secret);
  });
});

describe('masters that change', () => {
  it('get heartbeats from when they come until they go', async () => {
    const [one, two] = [await master(), await master()];
    let urls = [one.url];
    const bell = new Bell();
    const masters = {
      get urls() {
        return urls;
      },
      changed: (signal: AbortSignal) => bell.heard(signal),
    };
    start(heartbeat([], { masters, intervalMs: 20 }));
    await waitFor('the first', () => one.asked.length > 0);
    urls = [two.url];
    bell.ring();
    await waitFor('the second', () => two.asked.length > 0);
    const told = one.asked.length;
    const since = two.asked.length;
    await waitFor('more beats', () => two.asked.length > since + 3);

    expect(one.asked.length).toBe(told);
    expect(logged.map(({ msg }) => msg)).toContain('master has left, and gets no more heartbeats');
  });
});

describe('a token', () => {
  it('is sent where there is one, and another one when it was refused', async () => {
    const one = await master(({ authorization }) =>
      authorization === 'Bearer good' ? DONE : { status: 401, body: '' },
    );
    let token = 'old';
    const tokens = {
      current: async () => token,
      replace: async () => {
        token = 'good';
        return token;
      },
    };
    start(heartbeat([one.url], { tokens, intervalMs: 200 }));
    await waitFor('three beats', () => one.asked.length >= 3);

    expect(one.asked.slice(0, 3).map(({ authorization }) => authorization)).toEqual([
      ...['Bearer old', 'Bearer good', 'Bearer good'],
    ]);
  });
});

describe('the time between two beats', () => {
  it.each([
    { random: 0, ms: 14_250 },
    { random: 0.5, ms: 15_000 },
    { random: 0.999_999, ms: 15_750 },
  ])('is $ms ms when chance says $random', async ({ random, ms }) => {
    const [one, clock] = [await master(), new FakeClock()];
    start(heartbeat([one.url], { clock, random: { next: () => random } }));
    await waitFor('the first', () => one.asked.length === 1 && clock.sleepers === 1);
    clock.advance(ms - 2);
    expect(clock.sleepers).toBe(1);
    clock.advance(2);

    await waitFor('the second', () => one.asked.length === 2);
  });

  it('is shorter when the beat itself took long, but never nothing', async () => {
    const clock = new FakeClock();
    const one = await master(() => {
      clock.advance(20_000);
      return DONE;
    });
    start(heartbeat([one.url], { clock }));
    await waitFor('the first', () => one.asked.length === 1 && clock.sleepers === 1);
    clock.advance(1_499);
    expect(clock.sleepers).toBe(1);
    clock.advance(1);

    await waitFor('the second', () => one.asked.length === 2);
  });
});

describe('the log', () => {
  it('has one line when a master goes and one when it is back', async () => {
    const clock = new FakeClock();
    let answer: FakeAnswer = REFUSED;
    const one = await master(() => answer);
    start(heartbeat([one.url], { clock }));
    await beatsOf(one, clock, 4);
    expect(logged).toMatchObject([
      {
        msg: 'master is unavailable, trying on',
        master: one.url,
        reason: `master ${one.url} answered 503: not now`,
      },
    ]);

    answer = DONE;
    clock.advance(15_750);
    await waitFor('the beat', () => one.asked.length === 5 && clock.sleepers === 1);
    clock.advance(15_750);
    await waitFor('the beat', () => one.asked.length === 6 && clock.sleepers === 1);
    expect(logged.slice(1)).toMatchObject([
      { msg: 'master takes our heartbeats', master: one.url },
    ]);
    expect(await metrics.text()).toContain(
      `logkit_fleet_heartbeats_sent_total{master="${one.url}",outcome="failed"} 4`,
    );
  });

  it.each([201, 204, 302, 400, 401, 500])('takes %i for a failure', async (status) => {
    const one = await master({ status, body: '' });
    start(heartbeat([one.url]));
    await waitFor('the line', () => logged.length > 0);

    expect(logged[0]).toMatchObject({ reason: `master ${one.url} answered ${status}: ` });
  });
});

describe('the end', () => {
  it('comes at once, also while a master hangs', async () => {
    const [hung, clock] = [await master('hang'), new FakeClock()];
    const beats = heartbeat([hung.url, (await master()).url], { clock, intervalMs: 600_000 });
    start(beats);
    await waitFor('the beats', () => hung.asked.length === 1 && clock.sleepers === 1);
    stop.abort();
    await Promise.all(beating);

    expect(logged.map(({ msg }) => msg)).toEqual(['master takes our heartbeats']);
  });
});

describe('announce', () => {
  const { signal } = new AbortController();

  it('tells every master at once, and is content with one that takes it', async () => {
    const [well, ill] = [await master(), await master(REFUSED)];
    await heartbeat([ill.url, well.url]).announce('t2', signal);

    for (const { asked } of [well, ill]) {
      expect(asked.map(({ body }) => body)).toEqual([JSON.stringify({ url: ADDRESS, tag: 't2' })]);
    }
  });

  it('names every master and why, when none takes it', async () => {
    const [one, two] = [await master(REFUSED), await master({ status: 401, body: 'who?' })];

    await expect(heartbeat([one.url, two.url]).announce('t2', signal)).rejects.toMatchObject({
      kind: 'unavailable',
      message: `master ${one.url} answered 503: not now\nmaster ${two.url} answered 401: who?`,
    });
  });

  it('is done when there are no masters', async () => {
    const nobody = heartbeat([]);

    await nobody.announce('t2', signal);
  });
});
