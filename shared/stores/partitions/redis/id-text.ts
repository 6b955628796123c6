import { ID_MIN, type IdRange } from '../../../domain/id-range.ts';

/** Of 2^64, which is where the last range of 64-bit numbers ends. */
const SPAN_DIGITS = 20;
const ID_DIGITS = 16;

/** IDs of partitions as texts that lie in the order of the numbers. */
export function idText(id: number): string {
  return String(id).padStart(ID_DIGITS, '0');
}

/**
 * A range as "from:to", without its end, both counted from the lowest number there is: so the
 * texts lie in the order of the numbers, negative ones too, and where one ends the next begins.
 */
export function spanText({ min, max }: IdRange): string {
  return `${biased(min)}:${biased(max + 1n)}`;
}

export function spanOf(text: string): IdRange {
  return {
    min: BigInt(text.slice(0, SPAN_DIGITS)) + ID_MIN,
    max: BigInt(text.slice(SPAN_DIGITS + 1)) + ID_MIN - 1n,
  };
}

/** Where `spanText` has its two parts. */
export function boundsOf(span: string): [from: string, to: string] {
  return [span.slice(0, SPAN_DIGITS), span.slice(SPAN_DIGITS + 1)];
}

function biased(id: bigint): string {
  return (id - ID_MIN).toString().padStart(SPAN_DIGITS, '0');
}
