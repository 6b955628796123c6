import { describe, expect, it } from 'vitest';
import { CoordinatorRig, plannerTo } from './rig.ts';

const NEVER = new AbortController().signal;

function eventsOf(settlements: unknown): string[] {
  if (!Array.isArray(settlements)) return [];
  return settlements.map((each: { readonly event: string }) => each.event);
}

describe('what a partition costs', () => {
  it('says what is over at once in one call, without a word of its beginning', async () => {
    const rig = new CoordinatorRig();
    const said: string[][] = [];
    const store = new Proxy(rig.store, {
      get: (target, name): unknown => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: readonly unknown[]): unknown => {
          if (name === 'settle') said.push(eventsOf(args[0]));
          return Reflect.apply(member, target, args);
        };
      },
    });
    const options = { task_window: 5 };
    const { coordinator } = rig.open('a', async () => 1, { store, options });
    coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed === 10);
    await rig.stop(coordinator);

    expect(said).toEqual([Array(5).fill('complete'), Array(5).fill('complete')]);
  });

  it('gives a signal that is asked for late as it is by then', async () => {
    const rig = new CoordinatorRig();
    const clock = rig.open('clock', async () => 0).process;
    const seen: boolean[] = [];
    const { coordinator } = rig.open(
      'a',
      async (_min, _max, _options, tools) => {
        await clock.sleep(200, NEVER);
        seen.push(tools.signal.aborted);
        return 1;
      },
      { planner: plannerTo(10n, 10n) },
    );
    coordinator.start();
    await rig.until(() => coordinator.worker.heldCount === 1);
    await rig.stop(coordinator);

    expect(seen).toEqual([true]);
  });
});
