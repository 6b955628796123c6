import { RE2JS } from 're2js';
import { nativeSource } from './go-regex-native.ts';
import { parseGoRegex } from './go-regex-parser.ts';

/** What the groups of a pattern hold, the whole match first; null: the text does not match. */
export type Groups = readonly (string | null | undefined)[] | null;

/**
 * A pattern in the syntax of RE2, for two engines: the one of the language, which is some thirty
 * times as fast but may take forever, and one whose time grows with the text only.
 */
export class SafePattern {
  /** The numbers of the groups that have names. */
  readonly names: ReadonlyMap<string, number>;
  readonly #source: string;
  readonly #native: RegExp | null;
  #linear: RE2JS | null = null;

  /** @throws Error with what is wrong with the pattern. */
  constructor(source: string) {
    // Kept only when it is needed: a large pattern takes megabytes.
    this.names = new Map(Object.entries(RE2JS.compile(source).namedGroups()));
    this.#source = source;
    const tree = parseGoRegex(source);
    const native = tree === null ? null : nativeSource(tree);
    this.#native = native === null ? null : new RegExp(native, 'u');
  }

  /** Whether there is a fast way at all. */
  get isNative(): boolean {
    return this.#native !== null;
  }

  /** May take forever: to be called under a limit of time. */
  nativeMatch(text: string): Groups {
    return this.#native === null ? this.linearMatch(text) : this.#native.exec(text);
  }

  linearMatch(text: string): Groups {
    this.#linear ??= RE2JS.compile(this.#source);
    const matcher = this.#linear.matcher(text);
    if (!matcher.find()) return null;
    const groups: (string | null | undefined)[] = [];
    for (let index = 0; index <= matcher.groupCount(); index += 1)
      groups.push(matcher.group(index));
    return groups;
  }
}
