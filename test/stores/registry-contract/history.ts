import { describe, expect, it } from 'vitest';
import type { InstanceEvent } from '../../../shared/domain/instance-record.ts';
import { EVENTS_MAX } from '../../../shared/stores/registry/registry-store.ts';
import { event, instance, type RegistryBench } from './registry-bench.ts';

export function describeHistory(bench: RegistryBench): void {
  describe('the history of an instance', () => {
    it('is what happened to it, the latest first', async () => {
      const override: InstanceEvent = {
        ...{ atMs: 1_700_000_000_123, actor: 'ann "a" \\ é', reason: 'two\nlines' },
        event: 'override set',
      };
      const revision = await bench.put(instance('web-1'), { event: event('first') });
      const next = await bench.put(instance('web-1'), { expected: revision, event: null });
      await bench.put(instance('web-1'), { expected: next, event: override });
      await bench.put(instance('web-10'), { event: event('another') });

      expect(await bench.store.history('web-1')).toEqual([override, event('first')]);
      expect(await bench.store.history('web-10')).toEqual([event('another')]);
    });

    it('is empty of what is not there', async () => {
      expect(await bench.store.history('web-1')).toEqual([]);
    });

    it('is the last so many', async () => {
      const reasons = Array.from({ length: EVENTS_MAX + 5 }, (_, nth) => `reason ${nth}`);
      let expected = 0;
      for (const reason of reasons) {
        expected = await bench.put(instance('web-1'), { expected, event: event(reason) });
      }

      const told = await bench.store.history('web-1');
      const latest = reasons.toReversed().slice(0, EVENTS_MAX);
      expect(told.map(({ reason }) => reason)).toEqual(latest);
    });
  });
}
