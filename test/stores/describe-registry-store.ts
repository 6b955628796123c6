import { afterAll, afterEach, beforeEach, describe } from 'vitest';
import { describeChanges } from './registry-contract/changes.ts';
import { describeHistory } from './registry-contract/history.ts';
import { describeLeases } from './registry-contract/leases.ts';
import { describeLists } from './registry-contract/lists.ts';
import { describePlaces } from './registry-contract/places.ts';
import { RegistryBench, type RegistryRig } from './registry-contract/registry-bench.ts';
import { describeTurns } from './registry-contract/turns.ts';
import { describeWrites } from './registry-contract/writes.ts';

/** What every store of a registry must do, whatever keeps its data. */
export function describeRegistryStore(name: string, openRig: () => Promise<RegistryRig>): void {
  describe(`the registry store ${name}`, () => {
    const bench = new RegistryBench(openRig);
    beforeEach(() => bench.open());
    afterEach(() => bench.closeStores());
    afterAll(() => bench.close());

    describeWrites(bench);
    describeLists(bench);
    describeLeases(bench);
    describeTurns(bench);
    describeChanges(bench);
    describeHistory(bench);
    describePlaces(bench);
  });
}
