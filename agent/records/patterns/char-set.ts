/** Code points as ranges: first, last, first, last ... in rising order, none touching another. */
export type CharSet = readonly number[];

const LAST = 0x10_ffff;

export const NO_CHARS: CharSet = [];
export const ANY_CHAR: CharSet = [0, LAST];

export function charSet(...ranges: readonly (readonly [first: number, last: number])[]): CharSet {
  const set: number[] = [];
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const end = set.at(-1);
    if (end !== undefined && first <= end + 1) set[set.length - 1] = Math.max(end, last);
    else set.push(first, last);
  }
  return set;
}

export function union(...sets: readonly CharSet[]): CharSet {
  return charSet(...sets.flatMap(rangesOf));
}

export function negated(set: CharSet): CharSet {
  const gaps: number[] = [];
  let next = 0;
  for (const [first, last] of rangesOf(set)) {
    if (first > next) gaps.push(next, first - 1);
    next = last + 1;
  }
  if (next <= LAST) gaps.push(next, LAST);
  return gaps;
}

export function intersects(a: CharSet, b: CharSet): boolean {
  const others = rangesOf(b);
  return rangesOf(a).some(([first, last]) =>
    others.some(([start, end]) => start <= last && first <= end),
  );
}

export function rangesOf(set: CharSet): (readonly [first: number, last: number])[] {
  const ranges: (readonly [number, number])[] = [];
  for (let index = 0; index < set.length; index += 2) {
    ranges.push([set[index] ?? 0, set[index + 1] ?? 0]);
  }
  return ranges;
}

const LETTERS: CharSet = charSet([0x41, 0x5a], [0x61, 0x7a]);
const CASE_BIT = 0x20;
/** The two letters beyond ASCII that are the other case of one within: K (kelvin) and long s. */
const KELVIN = 0x212a;
const LONG_S = 0x17f;

/** The set with the other case of each letter; null where that takes more than ASCII's rules. */
export function withBothCases(set: CharSet): CharSet | null {
  if (rangesOf(set).some(([, last]) => last > 0x7f && last !== LAST)) return null;
  const wide = rangesOf(set).find(([, last]) => last > 0x7f);
  if (wide !== undefined && wide[0] > 0x80) return null;
  const more: (readonly [number, number])[] = [];
  for (let code = 0x41; code <= 0x7a; code += 1) {
    if (!intersects(LETTERS, [code, code]) || !intersects(set, [code, code])) continue;
    more.push([code ^ CASE_BIT, code ^ CASE_BIT]);
    if ((code | CASE_BIT) === 0x6b) more.push([KELVIN, KELVIN]);
    if ((code | CASE_BIT) === 0x73) more.push([LONG_S, LONG_S]);
  }
  // All beyond ASCII has k and s as other cases of two of its letters.
  if (wide !== undefined) more.push([0x4b, 0x4b], [0x6b, 0x6b], [0x53, 0x53], [0x73, 0x73]);
  return union(set, charSet(...more));
}
