import { type CharSet, charSet, negated, withBothCases } from './char-set.ts';

const DIGITS = charSet([0x30, 0x39]);
const LOWER = charSet([0x61, 0x7a]);
const UPPER = charSet([0x41, 0x5a]);

/** The classes with a backslash, which know ASCII only. */
export const PERL_CLASSES: ReadonlyMap<string, CharSet> = new Map([
  ['d', DIGITS],
  ['s', charSet([0x09, 0x0a], [0x0c, 0x0d], [0x20, 0x20])],
  ['w', charSet([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a])],
]);

/** The classes within a class, such as [[:alpha:]]. */
export const POSIX_CLASSES: ReadonlyMap<string, CharSet> = new Map([
  ['alnum', charSet([0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])],
  ['alpha', charSet([0x41, 0x5a], [0x61, 0x7a])],
  ['ascii', charSet([0x00, 0x7f])],
  ['blank', charSet([0x09, 0x09], [0x20, 0x20])],
  ['cntrl', charSet([0x00, 0x1f], [0x7f, 0x7f])],
  ['digit', DIGITS],
  ['graph', charSet([0x21, 0x7e])],
  ['lower', LOWER],
  ['print', charSet([0x20, 0x7e])],
  ['punct', charSet([0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e])],
  ['space', charSet([0x09, 0x0d], [0x20, 0x20])],
  ['upper', UPPER],
  ['word', charSet([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a])],
  ['xdigit', charSet([0x30, 0x39], [0x41, 0x46], [0x61, 0x66])],
]);

/** What `\a`, `\n` and so on stand for. */
export const CONTROL_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);

/** A class, negated or not, of both cases or not; null: its other cases are beyond ASCII's rules. */
export function classOf(
  set: CharSet,
  { isNegated, isFolded }: { readonly isNegated: boolean; readonly isFolded: boolean },
): CharSet | null {
  const folded = isFolded ? withBothCases(set) : set;
  return folded !== null && isNegated ? negated(folded) : folded;
}
