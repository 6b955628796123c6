import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../shared/kernel/errors.ts';
import { RegistryError } from '../../shared/registry/registry-error.ts';
import { failing, instance, RegistryRig, storeWith } from './rig.ts';

const RETRIES = { retryTimes: 3, retryDelayMs: 1_000 };

describe('a registry over a store that is away', () => {
  let rig: RegistryRig;

  beforeEach(() => {
    rig = new RegistryRig();
  });

  afterEach(() => rig.close());

  it.each(['unavailable', 'timeout'] as const)(
    'asks again, as often as the options say (%s)',
    async (kind) => {
      const { call, failed } = failing(3, (ids: readonly string[]) => rig.store.find(ids), kind);
      const registry = rig.open(RETRIES, storeWith(rig.store, { find: call }));
      await rig.open().register(instance('web-1'));
      const found = registry.getService('web-1');
      await rig.pass(2_999);
      expect(failed.times).toBe(3);
      await rig.pass(1);

      expect((await found).id).toBe('web-1');
    },
  );

  it.each([
    { kind: 'unavailable', code: 'CONNECTION_FAILED' },
    { kind: 'timeout', code: 'OPERATION_TIMEOUT' },
  ] as const)('fails in the end with $code, and never as if nothing were there', async (row) => {
    const { call, failed } = failing(Number.POSITIVE_INFINITY, async () => [], row.kind);
    const away = storeWith(rig.store, { find: call, list: call, renew: call, write: call });
    const registry = rig.open({ retryTimes: 1, retryDelayMs: 10 }, away);
    const asked = [
      registry.register(instance('web-1')),
      registry.renew('web-1'),
      registry.getService('web-1'),
      registry.unregister('web-1'),
      registry.offline('web-1'),
      registry.discover('web'),
    ].map((ask) => ask.catch((thrown: unknown) => thrown));
    await rig.pass(250);

    for (const thrown of await Promise.all(asked)) {
      expect(thrown).toBeInstanceOf(RegistryError);
      expect(thrown).toMatchObject({
        code: row.code,
        kind: row.kind,
        message: 'the store is away',
      });
    }
    expect(failed.times).toBeGreaterThan(asked.length);
  });

  it('asks once only where it may not ask again', async () => {
    const { call, failed } = failing(1, (ids: readonly string[]) => rig.store.find(ids));
    const registry = rig.open({ retryTimes: 0 }, storeWith(rig.store, { find: call }));

    await expect(registry.getService('web-1')).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
    });
    expect(failed.times).toBe(1);
  });

  it('does not ask again where the store has failed for good', async () => {
    const full = () => Promise.reject(new AppError('internal', 'the disk is full'));
    const registry = rig.open(RETRIES, storeWith(rig.store, { write: full }));

    await expect(registry.register(instance('web-1'))).rejects.toMatchObject({
      ...{ code: 'REGISTRY_FAILED', message: 'the disk is full' },
    });
  });

  it('takes no removal for an unknown instance whose answer got lost', async () => {
    let isLost = false;
    const store = storeWith(rig.store, {
      write: async (changes) => {
        const outcomes = await rig.store.write(changes);
        if (isLost || changes[0]?.record !== null) return outcomes;
        isLost = true;
        throw new AppError('timeout', 'no answer');
      },
    });
    const registry = rig.open(RETRIES, store);
    await registry.register(instance('web-1'));
    const removed = registry.unregister('web-1');
    await rig.pass(1_000);

    await expect(removed).resolves.toBeUndefined();
    expect(isLost).toBe(true);
  });
});
