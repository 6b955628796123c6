import { describe, expect, it } from 'vitest';
import { SpareBuffers } from './spare-buffers.ts';

const KIB = 1024;

describe('spare buffers', () => {
  it('lend the smallest that is large enough', () => {
    const spare = new SpareBuffers();
    const [large, medium, small] = [8, 4, 2].map((kib) => Buffer.alloc(kib * KIB));
    for (const buffer of [large, medium, small]) if (buffer !== undefined) spare.giveBack(buffer);

    expect(spare.take(3 * KIB)).toBe(medium);
    expect(spare.take(3 * KIB)).toBe(large);
    expect(spare.take(3 * KIB)).not.toBe(small);
  });

  it('do not lend a huge one for little', () => {
    const spare = new SpareBuffers();
    const huge = Buffer.alloc(64 * KIB);
    spare.giveBack(huge);

    expect(spare.take(KIB)).toHaveLength(KIB);
    expect(spare.take(60 * KIB)).toBe(huge);
  });

  it('keep the three largest of those that may be kept', () => {
    const spare = new SpareBuffers(32 * KIB);
    for (const kib of [1, 16, 8, 64, 32]) spare.giveBack(Buffer.alloc(kib * KIB));

    const lent = [1, 1, 1, 1].map((kib) => spare.take(kib * 4 * KIB).length / KIB);
    expect(lent).toEqual([8, 16, 32, 4]);
  });

  it('are freed when nobody needed them from one look to the next', () => {
    const spare = new SpareBuffers();
    const [used, unused] = [Buffer.alloc(KIB), Buffer.alloc(2 * KIB)];
    spare.giveBack(used);
    spare.giveBack(unused);

    spare.freeUnused();
    expect(spare.take(KIB)).toBe(used);
    spare.giveBack(used);
    spare.freeUnused();
    expect(spare.take(2 * KIB)).not.toBe(unused);
    expect(spare.take(KIB)).toBe(used);
  });

  it('are all freed at once when told to', () => {
    const spare = new SpareBuffers();
    const buffer = Buffer.alloc(KIB);
    spare.giveBack(buffer);
    spare.clear();

    expect(spare.take(KIB)).not.toBe(buffer);
  });
});
