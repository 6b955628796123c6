import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { lateRegistryStore } from './late-registry-store.ts';
import { memoryRegistryStore } from './memory/memory-registry-store.ts';

function rig() {
  const clock = new FakeClock();
  const inner = memoryRegistryStore(clock);
  const state = { isAway: true, tries: 0, closed: 0 };
  const open = async () => {
    state.tries += 1;
    if (state.isAway) throw new AppError('unavailable', 'nobody answers');
    return { ...bound(inner), close: async () => void (state.closed += 1) };
  };
  return { clock, state, store: lateRegistryStore({ open, clock }) };
}

function bound(store: ReturnType<typeof memoryRegistryStore>) {
  return {
    find: store.find.bind(store),
    list: store.list.bind(store),
    services: store.services.bind(store),
    write: store.write.bind(store),
    renew: store.renew.bind(store),
    overdue: store.overdue.bind(store),
    changesSince: store.changesSince.bind(store),
    revision: store.revision.bind(store),
    history: store.history.bind(store),
    own: store.own.bind(store),
    disown: store.disown.bind(store),
    forget: store.forget.bind(store),
  };
}

describe('a store that may be away when it is made', () => {
  it('is opened by the first who asks, once for all', async () => {
    const { state, store } = rig();
    state.isAway = false;
    expect(state.tries).toBe(0);

    await Promise.all([store.services(), store.find(['a']), store.revision()]);
    expect(state.tries).toBe(1);
    await store.close();
    expect(state.closed).toBe(1);
  });

  it('says why it cannot be asked, and is tried again, but not by everybody', async () => {
    const { clock, state, store } = rig();
    const ask = () => store.services();
    const why = { kind: 'unavailable', message: expect.stringContaining('nobody answers') };

    for (let time = 0; time < 3; time += 1) await expect(ask()).rejects.toMatchObject(why);
    expect(state.tries).toBe(1);
    clock.advance(1_000);
    await expect(ask()).rejects.toMatchObject(why);
    expect(state.tries).toBe(2);

    state.isAway = false;
    clock.advance(1_000);
    expect(await ask()).toEqual([]);
    expect(await store.own('me', 1_000)).toEqual(expect.any(Number));
  });

  it('is closed also where it was never there, and is not opened any more', async () => {
    const { state, store } = rig();
    await expect(store.services()).rejects.toThrow();
    await store.close();

    state.isAway = false;
    await expect(store.services()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(state).toMatchObject({ tries: 1, closed: 0 });
  });
});
