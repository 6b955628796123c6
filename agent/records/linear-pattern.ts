import { RE2JS } from 're2js';
import { messageOf } from '../../shared/kernel/errors.ts';

const PATTERN_LENGTH_MAX = 1024;

/**
 * A regular expression in Go's own syntax, matched by a port of the same engine: the time it takes
 * grows with the length of the text, for any pattern.
 */
export class LinearPattern {
  readonly #pattern: RE2JS;

  private constructor(pattern: RE2JS) {
    this.#pattern = pattern;
  }

  /** The pattern, or what is wrong with it. */
  static compile(pattern: string): LinearPattern | string {
    if (pattern.length > PATTERN_LENGTH_MAX) {
      return `is longer than ${PATTERN_LENGTH_MAX} characters`;
    }
    try {
      return new LinearPattern(RE2JS.compile(pattern));
    } catch (thrown) {
      return `"${pattern}" is no regular expression: ${messageOf(thrown)}`;
    }
  }

  /** Puts what `replace` makes of each match in its place; one of nothing is none. */
  replaceAll(text: string, replace: (match: string) => string): string {
    const matcher = this.#pattern.matcher(text);
    let replaced = '';
    let done = 0;
    while (matcher.find()) {
      const [start, end] = [matcher.start(), matcher.end()];
      if (start === end) continue;
      replaced += text.slice(done, start) + replace(text.slice(start, end));
      done = end;
    }
    return replaced + text.slice(done);
  }
}
