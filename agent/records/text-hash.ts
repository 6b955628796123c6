const SEED_ONE = 0xdeadbeef;
const SEED_TWO = 0x41c6ce57;
const PRIME_ONE = 2_654_435_761;
const PRIME_TWO = 1_597_334_677;
const HALF = 2 ** 32;
const UPPER_BITS = 0x1f_ffff;

/** Whole numbers below this. */
export const TEXT_HASHES = 2 ** 53;

/**
 * A number for a text, spread evenly and the same for ever and everywhere. It is quick and no
 * secret: who wants two texts with one number finds them.
 */
export function textHash(text: string): number {
  let one = SEED_ONE;
  let two = SEED_TWO;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    one = Math.imul(one ^ code, PRIME_ONE);
    two = Math.imul(two ^ code, PRIME_TWO);
  }
  const low = mixed(one, two);
  const high = mixed(two, one);
  return HALF * (high & UPPER_BITS) + low;
}

function mixed(one: number, two: number): number {
  const first = Math.imul(one ^ (one >>> 16), 2_246_822_507);
  const second = Math.imul(two ^ (two >>> 13), 3_266_489_909);
  const sum = Math.imul(first ^ second ^ (first >>> 15), 0x85ebca6b);
  return (sum ^ (sum >>> 16)) >>> 0;
}
