import { describe, expect, it } from 'vitest';
import { endpoint, FAILURES, FailoverRig } from '../../test/rpc/failover-rig.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { ActiveChecks } from './active-checks.ts';
import type { FailoverConfigInput } from './failover-config.ts';

interface Checked {
  readonly rig: FailoverRig;
  /** Whose checks fail. */
  readonly ill: Set<string>;
  readonly looks: string[];
  /** Each change of health. */
  readonly healths: string[];
}

/** Instances are looked at until the test is over. */
async function checking(
  config: FailoverConfigInput,
  run: (checked: Checked) => Promise<void>,
): Promise<void> {
  const [ill, looks, healths] = [new Set<string>(), new Array<string>(), new Array<string>()];
  const rig = new FailoverRig(
    ['a', 'b', 'c'],
    { FailoverConfig: config },
    { onHealth: ({ instance, state }) => void healths.push(`${instance.id} ${state}`) },
    true,
  );
  const checks = new ActiveChecks({
    failover: rig.failover,
    clock: rig.clock,
    ...{ everyMs: 100, timeoutMs: 10 },
    probe: async ({ id }) => {
      looks.push(id);
      if (ill.has(id)) throw new Error('it does not answer');
      return true;
    },
  });
  const over = new AbortController();
  const ended = checks.run(over.signal);
  await run({ rig, ill, looks, healths });
  over.abort();
  await ended;
}

describe('ActiveChecks', () => {
  it('detector health_check: isolates one whose checks fail, though nobody calls it', async () => {
    const config = { Detector: 'health_check', FailureDetectionTime: 1_000 } as const;
    await checking(config, async ({ rig, ill, healths }) => {
      ill.add('b');
      await waitFor('the isolation of b', () => healths.includes('b isolated'));
      ill.clear();
      await waitFor('the recovery of b', () => rig.stateOf('b') === 'healthy');

      expect(healths.filter((told) => !told.startsWith('b'))).toEqual([]);
      expect(rig.called).toEqual([]);
    });
  });

  it('detector health_check: calls that fail do not isolate one whose checks go well', async () => {
    const config = { Detector: 'health_check', CircuitBreakThreshold: 999 } as const;
    await checking(config, async ({ rig, looks }) => {
      rig.is('a', FAILURES.unavailable);
      await rig.calls(50);
      await waitFor('a few looks', () => looks.length > 6);
      expect(rig.stateOf('a')).toBe('healthy');
    });
  });

  it('recovery probing: brings one back by looks alone, so that no call is risked', async () => {
    await checking({ RecoveryStrategy: 'probing' }, async ({ rig, ill }) => {
      rig.is('a', FAILURES.refused);
      ill.add('a');
      await rig.calls(9);
      expect(rig.stateOf('a')).toBe('isolated');
      const before = rig.called.filter((id) => id === 'a').length;

      ill.clear();
      await waitFor('the recovery of a', () => rig.stateOf('a') === 'healthy');
      expect(rig.called.filter((id) => id === 'a')).toHaveLength(before);
    });
  });

  it('asks no more than there is room for at once, and for the others the next time', () => {
    const rig = new FailoverRig([], { FailoverConfig: { Detector: 'health_check' } });
    rig.failover.set(['a', 'b', 'c'].map((id) => endpoint(id)));
    const ids = () => rig.failover.takeChecks(2).map(({ id }) => id);
    expect([ids(), ids(), ids()]).toEqual([['a', 'b'], ['c'], []]);
  });
});
