import { afterAll, afterEach, beforeEach, describe } from 'vitest';
import { describeClaims } from './contract/claims.ts';
import { describeElections } from './contract/elections.ts';
import { describeOperations } from './contract/operations.ts';
import { describePlans } from './contract/plans.ts';
import { describeRenewals } from './contract/renewals.ts';
import { describeSettlements } from './contract/settlements.ts';
import { StoreBench, type StoreRig } from './contract/store-bench.ts';
import { describeTending } from './contract/tending.ts';

/** What every store must do, whatever keeps its data. */
export function describePartitionStore(name: string, openRig: () => Promise<StoreRig>): void {
  describe(`the partition store ${name}`, () => {
    const bench = new StoreBench(openRig);
    beforeEach(() => bench.open());
    afterEach(() => bench.store.close());
    afterAll(() => bench.close());

    describeElections(bench);
    describePlans(bench);
    describeClaims(bench);
    describeSettlements(bench);
    describeRenewals(bench);
    describeTending(bench);
    describeOperations(bench);
  });
}
