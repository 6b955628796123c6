import { type DateUnit, datedParts, digitsOf, unknownVariable } from './dated-text.ts';

/** More of them could be matched in too many ways. */
const WILDCARDS_MAX = 3;
const UNKNOWN = ['0000', '00', '00', '00', '00', '00'] as const;

/** By the place of its unit the digits of each part of a date; the parts that are known. */
export type DateParts = ReadonlyMap<number, string>;

/** What is wrong with it as a pattern; null: nothing. */
export function namePatternProblem(text: string): string | null {
  const unknown = unknownVariable(text);
  if (unknown !== null) return `${unknown} is no part of a date; write such as @(YYYY)@(MM)@(DD)`;
  const isTooMany = text.split('*').length - 1 > WILDCARDS_MAX;
  return isTooMany ? `there may be ${WILDCARDS_MAX} of * in a name at most` : null;
}

/** Names of tables: `*` stands for any text, `@(YYYY)` and the like for a part of a date. */
export class NamePattern {
  /** For `LIKE ... ESCAPE '!'`: it finds all that match, and perhaps others. */
  readonly like: string;
  readonly #units: readonly DateUnit[];
  readonly #regex: RegExp;

  constructor(text: string) {
    const parts = datedParts(text);
    this.#units = parts.filter((part) => typeof part !== 'string');
    this.like = parts.map(likeOf).join('');
    this.#regex = new RegExp(`^${parts.map(regexOf).join('')}$`, 's');
  }

  /** What the name tells of a date; null: it does not match. */
  read(name: string): DateParts | null {
    const found = this.#regex.exec(name);
    if (found === null) return null;
    return new Map(this.#units.map(({ place }, index) => [place, found[index + 1] ?? '']));
  }

  /** What a name of that date would tell. */
  of(date: Date): DateParts {
    return new Map(this.#units.map((unit) => [unit.place, digitsOf(date, unit)]));
  }
}

/** A date as a text whose order is that of dates; what is not known of it is 0. */
export function sortable(parts: DateParts): string {
  return UNKNOWN.map((none, place) => (parts.get(place) ?? none).padStart(none.length, '20')).join(
    '',
  );
}

function likeOf(part: string | DateUnit): string {
  if (typeof part !== 'string') return '_'.repeat(part.digits);
  return part.replaceAll(/[!%_]/g, (sign) => `!${sign}`).replaceAll('*', '%');
}

function regexOf(part: string | DateUnit): string {
  if (typeof part !== 'string') return `(\\d{${part.digits}})`;
  return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('\\*', '.*');
}
