import { describe, expect, it } from 'vitest';
import { history } from './history.ts';

const HISTORIES = 30;

describe('coordinators that are paused, killed and cut off', () => {
  it(`work off every ID once, in ${HISTORIES} histories`, async () => {
    const bad: string[] = [];
    let kills = 0;
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const outcome = await history(seed);
      kills += outcome.kills;
      bad.push(...outcome.faults.map((fault) => `seed ${seed}: ${fault}`));
    }

    expect(bad).toEqual([]);
    expect(kills).toBeGreaterThan(HISTORIES);
  });

  it('are found out when the store takes what comes with a dead token', async () => {
    const found: string[] = [];
    for (let seed = 1; seed <= HISTORIES && found.length === 0; seed += 1) {
      const { faults } = await history(seed, { isFencing: false });
      found.push(...faults);
    }

    expect(found).not.toEqual([]);
  });
});
