import { describe, expect, it } from 'vitest';
import { registryHistory } from './registry-history.ts';
import type { PlantedFault } from './watched-registry-store.ts';

const HISTORIES = 15;

/** Until one is of that kind. */
async function faultsWith(planted: PlantedFault, why: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (let seed = 1; seed <= HISTORIES && !found.some((fault) => fault.endsWith(why)); seed += 1) {
    found.push(...(await registryHistory(seed, { planted })).faults);
  }
  return found;
}

describe('registries that are paused, killed and cut off', () => {
  it(`lose nothing and bring nothing back, in ${HISTORIES} histories`, async () => {
    const bad: string[] = [];
    const counts = new Map<string, number>();
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const outcome = await registryHistory(seed);
      for (const [what, times] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + times);
      bad.push(...outcome.faults.map((fault) => `seed ${seed}: ${fault}`));
    }

    expect(bad).toEqual([]);
    for (const what of ['expired', 'revived', 'offline', 'override ended', 'removed']) {
      expect(counts.get(what), what).toBeGreaterThan(HISTORIES / 2);
    }
  });

  it.each([
    { planted: 'overdue', why: 'though it renews in time' },
    { planted: 'compare', why: 'of one that is there' },
    { planted: 'fence', why: 'is of a turn that is over' },
  ] as const)('are found out when the store leaves out a condition: $planted', async (row) => {
    const faults = await faultsWith(row.planted, row.why);

    expect(faults).toContainEqual(expect.stringMatching(`${row.why}$`));
  });
});
