import { RE2JS } from 're2js';
import { nativeSource } from './go-regex-native.ts';
import { parseGoRegex } from './go-regex-parser.ts';
import { safeTextLength } from './pattern-safety.ts';

/** Where a pattern matches, [start, end), and what its groups hold; `groups[0]` is all of it. */
export interface GoMatch {
  readonly start: number;
  readonly end: number;
  /** Undefined: the group has no part in the match. */
  readonly groups: readonly (string | undefined)[];
}

/** What a match is replaced with. */
export type Expansion = (match: GoMatch) => string;

/**
 * A regular expression in Go's spelling, of which no text makes a search take long. JavaScript's own
 * engine is used as far as it is known to be quick for the pattern and the length of the text; else
 * one whose time only grows with the length of the text, and which is slower by a factor of ten.
 */
export class GoPattern {
  readonly #linear: RE2JS;
  readonly #native: RegExp | null;
  /** Up to this length the native engine is asked. */
  readonly #nativeLengthMax: number;
  /** The numbers of the groups that have a name, in their order. */
  readonly groupNumbers: ReadonlyMap<string, number>;

  /** @throws Error that says why it is none. */
  constructor(pattern: string) {
    this.#linear = RE2JS.compile(pattern);
    this.groupNumbers = new Map(
      Object.entries(this.#linear.namedGroups()).toSorted(([, a], [, b]) => a - b),
    );
    const tree = parseGoRegex(pattern);
    const source = tree === null ? null : nativeSource(tree);
    this.#native = source === null ? null : new RegExp(source, 'gu');
    this.#nativeLengthMax = tree === null || source === null ? 0 : safeTextLength(tree);
  }

  /** Texts of at most this length are searched by the native engine; 0: none is. */
  get nativeLengthMax(): number {
    return this.#nativeLengthMax;
  }

  test(text: string): boolean {
    const native = this.#nativeFor(text);
    if (native === null) return this.#linear.test(text);
    native.lastIndex = 0;
    return native.test(text);
  }

  /** What the groups hold at the first match, the match itself first; null: it does not match. */
  groups(text: string): readonly (string | undefined)[] | null {
    const native = this.#nativeFor(text);
    if (native !== null) {
      native.lastIndex = 0;
      return native.exec(text);
    }
    const matcher = this.#linear.matcher(text);
    return matcher.find() ? groupsOf(matcher) : null;
  }

  /** All matches, one behind another. */
  *matches(text: string): Generator<GoMatch> {
    const native = this.#nativeFor(text);
    if (native !== null) {
      for (const match of text.matchAll(native)) {
        yield { start: match.index, end: match.index + match[0].length, groups: match };
      }
      return;
    }
    const matcher = this.#linear.matcher(text);
    while (matcher.find()) {
      yield { start: matcher.start(), end: matcher.end(), groups: groupsOf(matcher) };
    }
  }

  #nativeFor(text: string): RegExp | null {
    return text.length <= this.#nativeLengthMax ? this.#native : null;
  }
}

type Matcher = ReturnType<RE2JS['matcher']>;

function groupsOf(matcher: Matcher): (string | undefined)[] {
  const groups: (string | undefined)[] = [];
  for (let index = 0; index <= matcher.groupCount(); index += 1) {
    groups.push(matcher.group(index) ?? undefined);
  }
  return groups;
}

/**
 * A replacement in Go's spelling: `$1`, `${1}`, `$name`, `${name}`, and `$$` for a dollar sign; a
 * group that there is not stands for nothing.
 */
export function compileGoTemplate(template: string, pattern: GoPattern): Expansion {
  const pieces = template
    .split(/\$(\$|\w+|\{\w+\})/)
    .map((piece, index) => (index % 2 === 0 ? piece : referenceOf(piece, pattern)));
  return ({ groups }) =>
    pieces.map((piece) => (typeof piece === 'string' ? piece : (groups[piece] ?? ''))).join('');
}

/** A text, or the number of a group. */
function referenceOf(reference: string, { groupNumbers }: GoPattern): string | number {
  if (reference === '$') return '$';
  const name = reference.replace(/[{}]/g, '');
  return /^\d+$/.test(name) ? Number(name) : (groupNumbers.get(name) ?? '');
}

/** Replaces every match. */
export function replaceMatches(text: string, pattern: GoPattern, replacement: Expansion): string {
  let replaced = '';
  let behind = 0;
  for (const match of pattern.matches(text)) {
    replaced += text.slice(behind, match.start) + replacement(match);
    behind = match.end;
  }
  return behind === 0 && replaced === '' ? text : replaced + text.slice(behind);
}
