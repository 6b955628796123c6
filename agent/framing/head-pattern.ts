import { GoPattern } from '../records/patterns/go-pattern.ts';
import { LINE_FEED } from './framing.ts';

const PATTERN_LENGTH_MAX = 1024;
/** So much of a line is looked at. */
const HEAD_BYTES_MAX = 8 * 1024;
const CARRIAGE_RETURN = 0x0d;

/**
 * Tells the first line of an event by a regular expression in Go's own syntax. The time it
 * takes grows with the length of the line, for any pattern.
 */
export class HeadPattern {
  readonly #pattern: GoPattern;

  /** @throws Error with what is wrong with the pattern. */
  constructor(pattern: string) {
    if (pattern.length > PATTERN_LENGTH_MAX) {
      throw new Error(`is longer than ${PATTERN_LENGTH_MAX} characters`);
    }
    this.#pattern = new GoPattern(pattern);
  }

  /** `line` may have its line break, which is no part of what is matched. */
  matches(line: Buffer): boolean {
    let end = line.length;
    if (line[end - 1] === LINE_FEED) end -= 1;
    if (line[end - 1] === CARRIAGE_RETURN) end -= 1;
    return this.#pattern.test(line.toString('utf8', 0, Math.min(end, HEAD_BYTES_MAX)));
  }
}
