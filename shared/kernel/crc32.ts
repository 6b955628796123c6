/** The generator polynomial of zlib's crc32, its bits reversed. */
const POLYNOMIAL = 0xedb88320;
/** The polynomial 1 in that notation. */
const ONE = 0x80000000;
const BITS_A_BYTE = 8;
/** Lengths up to 2^53 bytes. */
const POWERS = 56;

/** x to the power of 2^n, modulo the polynomial, by n. */
const SQUARES = squares();

/**
 * The crc32 of two runs of bytes, one after the other, from the crc32 of each and the length of the
 * second. The method is zlib's `crc32_combine`: the first is multiplied by x^(8 * length).
 */
export function crc32Combine(first: number, second: number, secondBytes: number): number {
  return (multiply(powerOfX(secondBytes * BITS_A_BYTE), first) ^ second) >>> 0;
}

/** x^exponent modulo the polynomial. */
function powerOfX(exponent: number): number {
  let product = ONE;
  let rest = exponent;
  for (let n = 0; rest > 0; n += 1) {
    if (rest % 2 === 1) product = multiply(SQUARES[n] ?? 0, product);
    rest = Math.floor(rest / 2);
  }
  return product;
}

function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product >>> 0;
}

function squares(): readonly number[] {
  const powers = [ONE >>> 1];
  while (powers.length < POWERS) {
    const last = powers.at(-1) ?? 0;
    powers.push(multiply(last, last));
  }
  return powers;
}
