import { describe, expect, it } from 'vitest';
import { Registration } from '../domain/registration.ts';
import type { StoredInstance } from '../stores/registry/registry-store.ts';
import { OwnerView } from './owner-view.ts';
import { expired, registered } from './transitions.ts';

const ACT = { nowMs: 0, reason: '', actor: '' };
const REGISTRATION = Registration.parse({ name: 'web', address: 'a:80' });

function stored(id: string, revision: number, isUp = false): StoredInstance {
  const up = registered(null, { id, registration: REGISTRATION }, ACT).record;
  return { record: isUp ? up : expired(up, 0, ACT).record, revision, lease: null };
}

function idsOf(view: OwnerView): readonly string[] {
  return [...view.instances].map(({ record: { id } }) => id);
}

describe('the view of the owner', () => {
  it('has those instances only that there is something to do for', async () => {
    const view = new OwnerView();
    await view.complete({ list: async () => [stored('a', 1), stored('b', 2, true)] });
    expect(idsOf(view)).toEqual(['a']);
    view.onChanges([{ id: 'b', service: 'web', revision: 3, instance: stored('b', 3) }]);
    view.onChanges([{ id: 'a', service: 'web', revision: 4, instance: null }]);

    expect(idsOf(view)).toEqual(['b']);
  });

  it('believes what is told while it reads more than what it reads', async () => {
    const view = new OwnerView();
    const told = (id: string, revision: number, instance: StoredInstance | null) =>
      view.onChanges([{ id, service: 'web', revision, instance }]);
    await view.complete({
      list: async () => {
        told('revived', 11, stored('revived', 11, true));
        told('removed', 12, null);
        told('back', 13, null);
        told('back', 14, stored('back', 14));
        return ['back', 'old', 'removed', 'revived'].map((id) => stored(id, 10));
      },
    });

    expect(idsOf(view).toSorted()).toEqual(['back', 'old']);
    expect(view.find('back')?.revision).toBe(14);
  });

  it('is read again after a gap, and after it could not be read', async () => {
    const view = new OwnerView();
    let reads = 0;
    const list = async () => {
      reads += 1;
      if (reads === 1) throw new Error('away');
      return [];
    };
    await expect(view.complete({ list })).rejects.toThrow('away');
    await view.complete({ list });
    await view.complete({ list });
    expect(reads).toBe(2);
    view.onGap();
    await view.complete({ list });

    expect(reads).toBe(3);
  });
});
