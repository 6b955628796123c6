import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from './heap.ts';

describe('Heap', () => {
  it('gives what was put in, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (values) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const value of values) heap.push(value);
        const taken: (number | undefined)[] = [];
        while (heap.size > 0) {
          expect(heap.first).toBe(
            Math.min(...values.toSorted((a, b) => a - b).slice(taken.length)),
          );
          taken.push(heap.pop());
        }

        expect(taken).toEqual(values.toSorted((a, b) => a - b));
      }),
    );
  });

  it('is empty when nothing is in it', () => {
    const heap = new Heap<number>((a, b) => a < b);

    expect(heap.first).toBeUndefined();
    expect(heap.pop()).toBeUndefined();
  });
});
