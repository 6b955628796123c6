import { describe, expect, it } from 'vitest';
import type { Settlement } from '../stores/partitions/partition-store.ts';
import { Settler } from './settler.ts';

function settlement(id: number): Settlement {
  return { id, token: id, event: 'complete', items: 0 };
}

function ids(settlements: readonly Settlement[]): number[] {
  return settlements.map(({ id }) => id);
}

describe('a settler', () => {
  it('says in one call what is said in one turn, however many promises lie between', async () => {
    const calls: number[][] = [];
    const sent: number[][] = [];
    const settle = async (settlements: readonly Settlement[]) => {
      calls.push(ids(settlements));
      return settlements.map(() => 'done' as const);
    };
    const settler = new Settler({ settle }, (settlements) => sent.push(ids(settlements)));
    const first = settler.settle(settlement(1));
    for (let hop = 0; hop < 20; hop += 1) await Promise.resolve();

    expect(await Promise.all([first, settler.settle(settlement(2))])).toEqual(['done', 'done']);
    expect(calls).toEqual([[1, 2]]);
    expect(sent).toEqual(calls);
  });

  it('lets what is said during a call go with the next one', async () => {
    const calls: number[][] = [];
    const under = Promise.withResolvers<undefined>();
    const settle = async (settlements: readonly Settlement[]) => {
      calls.push(ids(settlements));
      await under.promise;
      return settlements.map(() => 'done' as const);
    };
    const all: Promise<unknown>[] = [];
    const settler = new Settler({ settle }, () => {
      if (calls.length === 1)
        all.push(settler.settle(settlement(2)), settler.settle(settlement(3)));
      under.resolve(undefined);
    });
    all.push(settler.settle(settlement(1)));
    await all[0];
    await Promise.all(all);

    expect(calls).toEqual([[1], [2, 3]]);
  });

  it('has the next ones on their way before it tells of those that came with them', async () => {
    const order: string[] = [];
    const claim = Promise.withResolvers<undefined>();
    const settle = async (settlements: readonly Settlement[]) => {
      order.push(`said ${ids(settlements).join()}`);
      claim.resolve(undefined);
      return settlements.map(() => 'done' as const);
    };
    const settler = new Settler({ settle }, () => undefined);
    const told = (id: number) =>
      settler.settle(settlement(id)).then(() => order.push(`told ${id}`));

    const next = claim.promise.then(() => told(2));
    await Promise.all([told(1), next]);

    expect(order).toEqual(['said 1', 'said 2', 'told 1', 'told 2']);
  });
});
