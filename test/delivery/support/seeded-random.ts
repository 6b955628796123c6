import { crc32 } from 'node:zlib';
import type { RandomSource } from '../../../shared/kernel/random.ts';

/** The same numbers again for the same seed and name (the generator is mulberry32). */
export function seededRandom(seed: number, name: string): RandomSource {
  let state = crc32(`${seed} ${name}`);
  return {
    next() {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}
