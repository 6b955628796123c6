import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { FlakyRegistryStore } from '../../../test/support/flaky-registry-store.ts';
import type { Json } from '../../../test/support/fleet-process.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { messageOf } from '../../kernel/errors.ts';
import { memoryRegistryStore } from '../../stores/registry/memory/memory-registry-store.ts';
import { Registry } from '../registry.ts';
import { readRegistryOptions } from '../registry-options.ts';
import type { ServiceRegistry } from '../service-registry.ts';
import { renewService } from './renew-service.ts';

const REGISTRATION = { id: 'user-1', name: 'user-service', address: '127.0.0.1:8080' };
const random = { next: () => 0.5 };
const INTERVAL_MS = 10_000;

let clock: FakeClock;
let store: FlakyRegistryStore;
let registry: Registry;
let logged: Json[];

beforeEach(() => {
  clock = new FakeClock();
  store = new FlakyRegistryStore(memoryRegistryStore(clock));
  const options = readRegistryOptions({ retryTimes: 0, leaseTtlSeconds: 30 });
  registry = new Registry({ store, options, clock });
  logged = [];
  registry.setLogger(pino({}, { write: (line: string) => logged.push(JSON.parse(line)) }));
});

async function left(): Promise<number> {
  const [found] = await store.find([REGISTRATION.id]);
  return found?.lease?.leftMs ?? Number.NaN;
}

/** Lets the time pass until the renewal that is due has been tried. */
async function pass(ms: number): Promise<void> {
  await waitFor('that it sleeps', () => clock.sleepers === 1);
  clock.advance(ms);
  await waitFor('that it sleeps again', () => clock.sleepers === 1);
}

const renew = (options = {}) =>
  renewService(registry, REGISTRATION.id, INTERVAL_MS, { clock, random, ...options });

describe('renewService', () => {
  it('keeps the lease of an instance for as long as it is not stopped', async () => {
    await registry.register(REGISTRATION);
    const stop = renew();
    await pass(5_000);
    expect(await left()).toBe(30_000);
    for (let times = 0; times < 5; times += 1) await pass(9_500);
    expect(await left()).toBe(30_000);

    await stop();
    clock.advance(40_000);

    expect(await left()).toBe(-10_000);
  });

  it('goes on as it was when the clock on the wall is set to another time', async () => {
    await registry.register(REGISTRATION);
    const stop = renew();
    await pass(5_000);
    clock.jumpWall(-86_400_000);
    await pass(9_500);
    clock.jumpWall(10 * 86_400_000);
    await pass(9_500);

    expect(await left()).toBe(30_000);
    expect(logged.filter(({ msg }) => msg.includes('again'))).toEqual([]);
    await stop();
  });

  it('registers again what is gone, and only that', async () => {
    await registry.register(REGISTRATION);
    const stop = renew({ registration: { ...REGISTRATION, weight: 7 } });
    store.isAway = true;
    await pass(5_000);
    await pass(1_000);
    store.isAway = false;
    await pass(2_000);
    expect(await registry.getService(REGISTRATION.id)).toMatchObject({ incarnation: 1 });

    store.replace(memoryRegistryStore(clock));
    await pass(9_500);

    expect(await registry.getService(REGISTRATION.id)).toMatchObject({ weight: 7, incarnation: 1 });
    expect(logged.map(({ msg }) => msg)).toEqual([
      'an instance cannot be renewed; it is tried again',
      'an instance is renewed again',
      'an instance was gone from the registry and is registered again',
    ]);
    await stop();
  });

  it('tries a registry that is away ever less often, up to the interval', async () => {
    await registry.register(REGISTRATION);
    let asked = 0;
    const counted: ServiceRegistry = Object.create(registry, {
      renew: { value: () => registry.renew(REGISTRATION.id).finally(() => (asked += 1)) },
      log: { value: registry.log },
    });
    store.isAway = true;
    const stop = renewService(counted, REGISTRATION.id, INTERVAL_MS, { clock, random });
    await pass(5_000);
    for (const ms of [750, 1_500, 3_000, 6_000, 7_500, 7_500]) {
      const before = asked;
      clock.advance(ms - 1);
      expect(clock.sleepers).toBe(1);
      await pass(1);
      expect(asked).toBe(before + 1);
    }

    expect(logged).toHaveLength(1);
    await stop();
  });

  it('says so, and goes on, where it does not know what to register', async () => {
    const stop = renew();
    await pass(5_000);
    await registry.register(REGISTRATION);
    await pass(1_000);

    expect(logged).toMatchObject([
      { reason: 'service not found, nor what to register: give renewService the registration' },
      { msg: 'an instance is renewed again' },
    ]);
    await stop();
  });

  it('never has two renewals on their way', async () => {
    await registry.register(REGISTRATION);
    const gate = Promise.withResolvers<undefined>();
    let [inFlight, most] = [0, 0];
    const slow: ServiceRegistry = Object.create(registry, {
      renew: {
        value: async () => {
          inFlight += 1;
          most = Math.max(most, inFlight);
          await gate.promise;
          inFlight -= 1;
        },
      },
    });
    const stop = renewService(slow, REGISTRATION.id, INTERVAL_MS, { clock, random });
    await waitFor('that it sleeps', () => clock.sleepers === 1);
    clock.advance(5_000);
    await waitFor('the first', () => inFlight === 1);
    clock.advance(100_000);
    const stopped = stop();
    gate.resolve(undefined);
    await stopped;

    expect([most, inFlight]).toEqual([1, 0]);
  });

  it('unregisters at the end where that is asked for, once, and says nothing when it is gone', async () => {
    await registry.register(REGISTRATION);
    const stop = renew();
    await stop({ unregister: true });
    await stop({ unregister: true });

    await expect(registry.getService(REGISTRATION.id)).rejects.toThrow('service not found');
    expect(logged.map(({ msg }) => msg)).toEqual(['an instance was unregistered']);
  });

  it('does not fail when it cannot unregister', async () => {
    await registry.register(REGISTRATION);
    const stop = renew();
    store.isAway = true;
    await stop({ unregister: true });

    expect(logged).toMatchObject([{ reason: 'the store is away' }]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses an interval of %d', (ms) => {
    expect(() => renewService(registry, 'a', ms)).toThrow(`an interval of ${ms} ms is none`);
  });
});

describe('a program that goes by the words of the error', () => {
  it('registers again what is not found', async () => {
    const renewOnce = async () => {
      try {
        await registry.renew(REGISTRATION.id);
      } catch (thrown) {
        if (messageOf(thrown) === 'service not found') await registry.register(REGISTRATION);
      }
    };
    await renewOnce();

    expect(await left()).toBe(30_000);
  });
});
