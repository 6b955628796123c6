import { RE2JS } from 're2js';
import { nativeSource } from './go-regex-native.ts';
import { parseGoRegex } from './go-regex-parser.ts';
import { type SafeLengths, safeTextLengths } from './pattern-safety.ts';

/** Where a pattern matches, [start, end), and what its groups hold; `groups[0]` is all of it. */
export interface GoMatch {
  readonly start: number;
  readonly end: number;
  /** Undefined: the group has no part in the match. */
  readonly groups: readonly (string | undefined)[];
}

/** What a match is replaced with. */
export type Expansion = (match: GoMatch) => string;

const NOT_NATIVE: SafeLengths = { quick: 0, bounded: 0 };
/** What a character of a text may cost on average before the other engine is asked. */
const MS_PER_CHARACTER = 0.002;
const CREDIT_MS = 20;
const LINEAR_TEXTS = 10_000;

/**
 * A regular expression in Go's spelling, of which no text makes a search take long. JavaScript's own
 * engine is used as far as it is known to be quick for the pattern and the length of the text; else
 * one whose time only grows with the length of the text, and which is slower by a factor of ten.
 */
export class GoPattern {
  readonly #linear: RE2JS;
  readonly #native: RegExp | null;
  readonly #lengths: SafeLengths;
  /** What texts that are not quick for sure may still cost, in ms. */
  #creditMs = CREDIT_MS;
  /** So many of them go to the other engine, since those before them cost too much. */
  #linearTexts = 0;
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
    this.#lengths = tree === null || source === null ? NOT_NATIVE : safeTextLengths(tree);
  }

  /** Texts of at most this length are searched by the native engine; 0: none is. */
  get nativeLengthMax(): number {
    return this.#lengths.bounded;
  }

  test(text: string): boolean {
    return this.#search(
      text,
      (native) => native.test(text),
      () => this.#linear.test(text),
    );
  }

  /** What the groups hold at the first match, the match itself first; null: it does not match. */
  groups(text: string): readonly (string | undefined)[] | null {
    return this.#search<readonly (string | undefined)[] | null>(
      text,
      (native) => native.exec(text),
      () => {
        const matcher = this.#linear.matcher(text);
        return matcher.find() ? groupsOf(matcher) : null;
      },
    );
  }

  /** All matches, one behind another. */
  matches(text: string): readonly GoMatch[] {
    return this.#search<readonly GoMatch[]>(
      text,
      (native) => Array.from(text.matchAll(native), nativeMatch),
      () => {
        const matches: GoMatch[] = [];
        const matcher = this.#linear.matcher(text);
        while (matcher.find()) {
          matches.push({ start: matcher.start(), end: matcher.end(), groups: groupsOf(matcher) });
        }
        return matches;
      },
    );
  }

  #search<Found>(text: string, byNative: (native: RegExp) => Found, byLinear: () => Found): Found {
    const native = this.#native;
    if (native === null || text.length > this.#lengths.bounded) return byLinear();
    native.lastIndex = 0;
    if (text.length <= this.#lengths.quick) return byNative(native);
    if (this.#linearTexts > 0) {
      this.#linearTexts -= 1;
      return byLinear();
    }
    const startMs = performance.now();
    const found = byNative(native);
    this.#charge(performance.now() - startMs, text.length);
    return found;
  }

  /** Texts that cost much are few, or someone makes them so. */
  #charge(spentMs: number, characters: number): void {
    const credit = this.#creditMs + characters * MS_PER_CHARACTER - spentMs;
    this.#creditMs = Math.min(CREDIT_MS, credit);
    if (credit > 0) return;
    this.#linearTexts = LINEAR_TEXTS;
    this.#creditMs = CREDIT_MS;
  }
}

function nativeMatch(match: RegExpExecArray): GoMatch {
  return { start: match.index, end: match.index + match[0].length, groups: match };
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
