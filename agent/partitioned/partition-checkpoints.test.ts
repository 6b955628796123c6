import { describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../shared/stores/checkpoint-store.ts';
import { PartitionCheckpoints } from './partition-checkpoints.ts';

const LETTER: DeadLetter = {
  ...{ sender: 's', source: 'k/1/f', origin: 'f', generation: 0, start: 0, end: 8, unit: 0 },
  ...{ record: '{}', reason: 'refused', atMs: 1, name: 'x.0' },
};
const BATCH = { runner: 'k', sinks: [], totals: null, source: { id: 'k/1/f', position: 8 } };

/** A partition in a store, and an agent that may not be able to keep anything. */
class Partition {
  checkpoint: unknown = null;
  readonly letters: DeadLetter[] = [];
  isStoreAway = false;
  isDiskFull = false;

  attempt(isAnew = false): PartitionCheckpoints {
    return new PartitionCheckpoints({
      ...{ epoch: 'e', checkpoint: this.checkpoint, nowMs: 0, isAnew },
      limits: { lines: 10, bytes: 1_000, lineBytes: 100, lingerMs: 0 },
      keepLetters: async (letters) => {
        if (this.isDiskFull) throw new Error('the disk is full');
        this.letters.push(...letters);
      },
      save: async (checkpoint) => {
        if (this.isStoreAway) throw new Error('the store is away');
        this.checkpoint = structuredClone(checkpoint);
      },
    });
  }
}

describe('a dead letter of a partition', () => {
  it('is kept when its batch is committed, and not before', async () => {
    const partition = new Partition();
    partition.isStoreAway = true;
    const commit = { ...BATCH, deadLetters: [LETTER] };
    await expect(partition.attempt().commit(commit)).rejects.toThrow('away');
    expect(partition.letters).toEqual([]);
    partition.isStoreAway = false;
    await partition.attempt().commit(commit);

    expect(partition.letters).toEqual([LETTER]);
  });

  it('comes with the position to whoever goes on, when an agent has died before it kept it', async () => {
    const partition = new Partition();
    partition.isDiskFull = true;
    const dying = partition.attempt();
    await expect(dying.commit({ ...BATCH, deadLetters: [LETTER] })).rejects.toThrow('full');
    partition.isDiskFull = false;

    const next = partition.attempt();
    const { positions } = await next.load();
    expect([positions.get('k/1/f'), partition.letters]).toEqual([8, [LETTER]]);
    await next.commit({ ...BATCH, source: { id: 'k/1/f', position: 16 } });
    await partition.attempt().load();
    expect(partition.letters).toEqual([LETTER]);
  });

  it('of more text than stores take is kept before its batch is committed', async () => {
    const partition = new Partition();
    const large = { ...LETTER, record: JSON.stringify('x'.repeat(300_000)) };
    await partition.attempt().commit({ ...BATCH, deadLetters: [large] });

    expect(partition.letters).toEqual([large]);
    expect(JSON.stringify(partition.checkpoint).length).toBeLessThan(10_000);
  });

  it('of an attempt that begins anew is kept when the partition was read whole', async () => {
    const partition = new Partition();
    for (const isLast of [false, true]) {
      const attempt = partition.attempt(true);
      await attempt.load();
      await attempt.commit({ ...BATCH, deadLetters: [LETTER] });
      expect(partition.letters).toEqual([]);
      if (isLast) await attempt.keepGathered();
    }

    expect(partition.letters).toEqual([LETTER]);
  });
});
