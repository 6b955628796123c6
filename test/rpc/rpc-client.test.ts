import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientConfigInput } from '../../shared/resilience/failover-config.ts';
import { FailoverError } from '../../shared/resilience/failover-error.ts';
import type { Endpoint } from '../../shared/resilience/instance.ts';
import type { Discovery } from '../../shared/rpc/discovery/discovery.ts';
import { endpointAt } from '../../shared/rpc/discovery/discovery.ts';
import { RpcClient, type RpcClientOptions } from '../../shared/rpc/rpc-client.ts';
import { RpcError } from '../../shared/rpc/rpc-error.ts';
import type { RpcEvent } from '../../shared/rpc/rpc-event.ts';
import { RpcMetrics } from '../../shared/rpc/rpc-metrics.ts';
import { Metrics } from '../../shared/telemetry/metrics.ts';
import { waitFor } from '../support/wait-for.ts';
import { GREET, type GreetServer, startServers } from './support/greet-cluster.ts';

/** Servers and clients of one test; all of them end with it. */
class Rig {
  servers: GreetServer[] = [];
  readonly events: RpcEvent[] = [];
  readonly #clients: RpcClient[] = [];

  async start(...ids: readonly string[]): Promise<readonly GreetServer[]> {
    const started = await startServers(...ids);
    this.servers.push(...started);
    return started;
  }

  /** Of all servers, unless there is a discovery. */
  async client(
    config: ClientConfigInput = {},
    options: Partial<RpcClientOptions> = {},
  ): Promise<RpcClient> {
    const ServerAddresses =
      options.discovery === undefined ? this.servers.map(({ address }) => address) : [];
    const client = await RpcClient.open({
      service: GREET,
      config: { ServerAddresses, Balancer: 'round_robin', ...config },
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  greeted(): number {
    return this.servers.reduce((sum, { greeted }) => sum + greeted.length, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

/** Instances that a test sets. */
class SetInstances implements Discovery {
  #tell: (endpoints: readonly Endpoint[]) => void = () => undefined;
  #now: readonly Endpoint[];

  constructor(addresses: readonly string[]) {
    this.#now = addresses.map(endpointAt);
  }

  set(addresses: readonly string[]): void {
    this.#now = addresses.map(endpointAt);
    this.#tell(this.#now);
  }

  async follow(tell: (endpoints: readonly Endpoint[]) => void) {
    this.#tell = tell;
    tell(this.#now);
    return async () => undefined;
  }
}

async function failureOf(call: Promise<unknown>): Promise<FailoverError> {
  const thrown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof FailoverError))
    throw new Error('a FailoverError was due', { cause: thrown });
  return thrown;
}

/** Calls on and on from so many callers at once, until it is stopped; gives what failed. */
function keepCalling(client: RpcClient, callers: number) {
  const failures: unknown[] = [];
  let isOn = true;
  let done = 0;
  const loop = async (nth: number) => {
    while (isOn) {
      await client
        .call('Hello', { name: `c${nth}` })
        .catch((error: unknown) => failures.push(error));
      done += 1;
    }
  };
  const loops = Promise.all(Array.from({ length: callers }, (_, nth) => loop(nth)));
  return {
    done: () => done,
    async stop() {
      isOn = false;
      await loops;
      return failures;
    },
  };
}

describe('a client of a service', () => {
  it('gives the answer, who gave it, and a trace where it is asked for', async () => {
    const [a] = await rig.start('a');
    const client = await rig.client();
    const plain = await client.call('Hello', { name: 'Ada' });
    const again = await client.call('Hello', { name: 'Ada' });
    const traced = await client.call('Hello', { name: 'Ada' }, { trace: true, codec: 'json' });

    expect(plain).toMatchObject({
      response: { message: 'Hello, Ada!', by: 'a' },
      instance: { address: a?.address },
    });
    expect(again.trace).toEqual([]);
    expect(traced.response).toEqual(plain.response);
    expect(traced.trace).toMatchObject([
      { address: a?.address, state: 'healthy', breaker: 'closed', reason: null, executed: 'yes' },
    ]);
    expect(await client.method('Hello')({ name: 'Bob' })).toEqual({
      message: 'Hello, Bob!',
      by: 'a',
    });
  });

  it('spreads calls over the servers there are', async () => {
    await rig.start('a', 'b', 'c');
    const client = await rig.client();
    for (let nth = 0; nth < 30; nth += 1) await client.call('Hello', { name: 'x' });
    expect(rig.servers.map(({ greeted }) => greeted.length)).toEqual([10, 10, 10]);
  });

  it('refuses what can be no call before anything is sent', async () => {
    await rig.start('a');
    const client = await rig.client();
    const none = client.call('Nothing', {});
    await expect(none).rejects.toMatchObject({ code: 'unimplemented', executed: 'no' });
    await expect(none).rejects.toThrow('greet.Greet has no method Nothing; it has Hello, Book');
    expect(() => client.method('Nothing')).toThrow(RpcError);
    expect(rig.greeted()).toBe(0);
  });

  it.each([
    { why: 'no addresses', config: {}, says: /neither of ServerAddresses and a discovery/ },
    { why: 'a method that is none', config: { Methods: { Hi: {} } }, says: /has no method Hi/ },
    {
      why: 'a hedge of what is not idempotent',
      config: { Methods: { Book: { Hedge: { DelayMs: 5 } } } },
      says: /Methods.Book.Hedge: only a method that is idempotent/,
    },
    {
      why: 'a field of the wrong kind',
      config: { FailoverConfig: { MaxRetries: -1 } },
      says: /FailoverConfig.MaxRetries/,
    },
  ])('refuses a configuration with $why', async ({ config, says }) => {
    await expect(RpcClient.open({ service: GREET, config })).rejects.toThrow(says);
  });

  it('ends a call when its caller gives it up, and the server learns that', async () => {
    const [a] = await rig.start('a');
    const client = await rig.client();
    const gaveUp = new AbortController();
    const seen = Promise.withResolvers<void>();
    if (a !== undefined) {
      a.before = (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            seen.resolve();
            resolve();
          });
          gaveUp.abort();
        });
    }
    const failed = failureOf(client.call('Hello', { name: 'x' }, { signal: gaveUp.signal }));
    expect(await failed).toMatchObject({
      ending: 'cancelled',
      reason: 'cancelled',
      executed: 'maybe',
    });
    await seen.promise;
  });

  it('gives up when the time of the call is over, however many attempts are left', async () => {
    const [a] = await rig.start('a');
    const client = await rig.client({ FailoverConfig: { RequestTimeout: 10_000 } });
    if (a !== undefined) a.before = (_, signal) => untilAborted(signal);
    const error = await failureOf(client.call('Hello', { name: 'x' }, { timeoutMs: 50 }));
    expect(error).toMatchObject({ ending: 'timeout', code: 'deadline_exceeded' });
    expect(a?.greeted).toHaveLength(1);
  });
});

describe('failing over', () => {
  it('V1: a server that is gone does not fail a call', async () => {
    const [a] = await rig.start('a', 'b');
    const client = await rig.client();
    await a?.kill();
    for (let nth = 0; nth < 10; nth += 1) {
      expect((await client.call('Book', { name: `${nth}` })).response['by']).toBe('b');
    }
    expect(rig.events).toContainEqual(
      expect.objectContaining({
        kind: 'retry',
        instance: a?.address,
        reason: 'connection_refused',
      }),
    );
    expect(rig.events).toContainEqual(
      expect.objectContaining({ kind: 'failover', from: a?.address }),
    );
  });

  it('one of three servers killed under 64 callers: no call that may be repeated fails, and traffic returns', async () => {
    const [a] = await rig.start('a', 'b', 'c');
    const client = await rig.client({
      Balancer: 'fastest_response',
      FailoverConfig: {
        RetryInterval: 5,
        RecoveryInterval: 100,
        CircuitBreakTimeout: 100,
        RetryableErrors: [
          'timeout',
          'connection_refused',
          'connection_reset',
          'service_unavailable',
        ],
        RetryBudgetLeast: 100,
      },
    });
    const calling = keepCalling(client, 64);
    await waitFor('calls of it', () => (a?.greeted.length ?? 0) > 100);
    await a?.kill();
    const at = calling.done();
    await waitFor('calls without it', () => calling.done() > at + 2_000);
    const without = a?.greeted.length ?? 0;
    await a?.comeBack();
    await waitFor('calls of it again', () => (a?.greeted.length ?? 0) > without + 100);

    expect(await calling.stop()).toEqual([]);
    expect(rig.events.map(({ kind }) => kind)).toContain('failover');
  });

  it('R5: a call that is not idempotent is never executed twice', async () => {
    const [a, b] = await rig.start('a', 'b');
    const client = await rig.client({ FailoverConfig: { RequestTimeout: 100, RetryInterval: 1 } });
    const slow = (_: unknown, signal: AbortSignal) => untilAborted(signal);
    if (a !== undefined) a.before = slow;
    const names = Array.from({ length: 20 }, (_, nth) => `n${nth}`);
    const ended = await Promise.allSettled(names.map((name) => client.call('Book', { name })));
    const booked = [...(a?.booked ?? []), ...(b?.booked ?? [])];

    expect(booked.toSorted()).toEqual(names.toSorted());
    const failed = ended.filter(({ status }) => status === 'rejected');
    expect(failed).toHaveLength(a?.booked.length ?? 0);
    for (const one of failed) {
      expect(one).toMatchObject({ reason: { ending: 'timeout', executed: 'maybe' } });
    }
  });

  it('the same one that is idempotent is tried elsewhere', async () => {
    const [a] = await rig.start('a', 'b');
    const client = await rig.client({ FailoverConfig: { RequestTimeout: 100, RetryInterval: 1 } });
    if (a !== undefined) a.before = (_, signal) => untilAborted(signal);
    const ended = await Promise.all(
      Array.from({ length: 8 }, (_, nth) => client.call('Hello', { name: `${nth}` })),
    );
    expect(ended.map(({ response }) => response['by'])).toEqual(ended.map(() => 'b'));
    const retried = ended.filter(({ trace }) => trace.length === 2);
    expect(retried.length).toBeGreaterThan(0);
    expect(retried[0]?.trace).toMatchObject([{ reason: 'timeout' }, { reason: null }]);
  });

  it('R13: what a method refuses does neither open a breaker nor isolate anybody', async () => {
    const [a] = await rig.start('a');
    const client = await rig.client({
      FailoverConfig: { CircuitBreakThreshold: 2, FailureThreshold: 2 },
    });
    if (a !== undefined) {
      a.before = () => {
        throw new RpcError('invalid_argument', 'a name is missing');
      };
    }
    for (let nth = 0; nth < 20; nth += 1) {
      const error = await failureOf(client.call('Hello', {}));
      expect(error).toMatchObject({ code: 'invalid_argument', message: 'a name is missing' });
    }
    expect(a?.greeted).toHaveLength(20);
    expect(client.instances()).toMatchObject([
      { state: 'healthy', breaker: 'closed', failures: 20 },
    ]);
  });

  it('without failover each call is tried once, and nobody is kept out', async () => {
    const [a] = await rig.start('a', 'b');
    const client = await rig.client({ EnableFailover: false });
    await a?.kill();
    const ended = await Promise.allSettled(
      Array.from({ length: 20 }, () => client.call('Hello', { name: 'x' })),
    );
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(rig.events).toEqual([]);
  });

  it('a server that drains gets no new call, and ends those it has', async () => {
    const [a, b] = await rig.start('a', 'b');
    const client = await rig.client();
    const held = Promise.withResolvers<void>();
    if (a !== undefined) a.before = () => held.promise;
    const onTheirWay = [client.call('Hello', { name: '1' }), client.call('Hello', { name: '2' })];
    await waitFor('one on its way', () => a?.greeted.length === 1);
    const left = a?.leave(10_000);
    for (let nth = 0; nth < 10; nth += 1) await client.call('Hello', { name: 'later' });
    held.resolve();
    await Promise.all(onTheirWay);
    await left;

    expect(a?.greeted).toHaveLength(1);
    expect(b?.greeted).toHaveLength(11);
  });
});

describe('instances that come and go', () => {
  it('one that leaves gets no new call, and those on their way end', async () => {
    const [a, b] = await rig.start('a', 'b');
    const addresses = rig.servers.map(({ address }) => address);
    const discovery = new SetInstances(addresses);
    const client = await rig.client({}, { discovery });
    const held = Promise.withResolvers<void>();
    if (a !== undefined) a.before = () => held.promise;
    const onTheirWay = [client.call('Hello', { name: '1' }), client.call('Hello', { name: '2' })];
    await waitFor('one on its way', () => a?.greeted.length === 1);
    discovery.set(addresses.slice(1));
    for (let nth = 0; nth < 10; nth += 1) await client.call('Hello', { name: 'later' });
    held.resolve();
    await Promise.all(onTheirWay);

    expect(a?.greeted).toHaveLength(1);
    expect(b?.greeted).toHaveLength(11);
    expect(client.instances().map(({ instance }) => instance.address)).toEqual([b?.address]);
  });

  it('nobody at all is an error that says so, until somebody comes', async () => {
    const [a] = await rig.start('a');
    const discovery = new SetInstances([]);
    const client = await rig.client({}, { discovery });
    expect(await failureOf(client.call('Hello', {}))).toMatchObject({
      ending: 'no_instances',
      message: 'no available instances',
      executed: 'no',
    });
    discovery.set([a?.address ?? '']);
    expect((await client.call('Hello', { name: 'x' })).response['by']).toBe('a');
  });

  it('an address that is none keeps nobody else from being called', async () => {
    const [a] = await rig.start('a');
    const client = await rig.client(
      {},
      { discovery: new SetInstances(['nonsense', a?.address ?? '']) },
    );
    for (let nth = 0; nth < 6; nth += 1) await client.call('Book', { name: 'x' });
    expect(a?.booked).toHaveLength(6);
  });
});

describe('what a client tells', () => {
  it('its figures agree with what was called, under their names', async () => {
    const [a] = await rig.start('a', 'b');
    const metrics = new Metrics();
    const client = await rig.client(
      { FailoverConfig: { RetryInterval: 1 } },
      { metrics: new RpcMetrics(metrics) },
    );
    await a?.kill();
    for (let nth = 0; nth < 10; nth += 1) await client.call('Hello', { name: 'x' });
    const summary = client.summary();
    const text = await metrics.text();

    expect(summary).toMatchObject({ requests: 10, successes: 10, failures: 0 });
    expect(summary?.retries).toBeGreaterThan(0);
    expect(summary?.attempts).toBe(10 + (summary?.retries ?? 0));
    expect(summary?.failovers).toBe(summary?.retries);
    const b = rig.servers[1]?.address;
    const labels = `service="greet.Greet",method="Hello",instance="${b}",status="ok"`;
    expect(text).toContain(`rpc_requests_total{${labels}} 10`);
    expect(text).toContain(`rpc_response_time_seconds_count{${labels}} 10`);
    expect(text).toContain(`rpc_response_time_seconds_bucket{${labels},le="+Inf"} 10`);
    expect(text).toContain(
      `rpc_failover_total{service="greet.Greet",from_instance="${a?.address}",to_instance="${b}"} ${summary?.failovers}`,
    );
    expect(text).toContain(
      `rpc_retry_total{service="greet.Greet",instance="${a?.address}",attempt="1"} ${summary?.retries}`,
    );
    expect(text).toContain(
      `rpc_attempts_total{service="greet.Greet",method="Hello",instance="${a?.address}",status="unavailable"} ${summary?.retries}`,
    );
    expect(text).toContain(`rpc_failover_rate{service="greet.Greet"} ${summary?.failoverRate}`);
    expect(text).toContain('rpc_instance_share{service="greet.Greet"');
    expect(text).toContain('rpc_retry_budget_tokens{service="greet.Greet"}');
  });

  it('R14: two clients of a service share its figures', async () => {
    await rig.start('a');
    const metrics = new RpcMetrics(new Metrics());
    const clients = [await rig.client({}, { metrics }), await rig.client({}, { metrics })];
    for (const client of clients) await client.call('Hello', { name: 'x' });
    expect(clients.map((client) => client.summary()?.requests)).toEqual([2, 2]);
  });

  it('without EnableMetrics nothing is counted', async () => {
    await rig.start('a');
    const metrics = new Metrics();
    const config = { FailoverConfig: { EnableMetrics: false } };
    const client = await rig.client(config, { metrics: new RpcMetrics(metrics) });
    await client.call('Hello', { name: 'x' });
    expect(client.summary()).toBeNull();
    expect(await metrics.text()).not.toContain('greet.Greet');
  });
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
