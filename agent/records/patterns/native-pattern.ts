import { classAt } from './pattern-class.ts';
import { escapeAt } from './pattern-escape.ts';

/** Flags that hold from a place on: `i` is left to the engine, `s` is written out. */
interface Flags {
  readonly ignoresCase: boolean;
  readonly dotIsAny: boolean;
}

interface Group {
  /** As they were before it. */
  readonly flags: Flags;
  /** A group `(?i:` or `(?-i:` that was opened in the middle of it, and goes on to its end. */
  inner: string;
}

const REPEAT = /\{\d+(?:,\d*)?\}/y;
const FLAGS = /\(\?([is]*)(?:-([is]+))?([:)])/y;
const NAMED = /\(\?P?<\w+>/y;

/**
 * A pattern in the syntax of RE2, which has been checked to be one, for the engine of the language:
 * it matches the same texts in the same way, only faster, or never comes to an end. Groups keep
 * their numbers and lose their names. Null: that engine knows no such pattern.
 */
export function nativePattern(source: string): RegExp | null {
  const translation = new Translation(source);
  const native = translation.result();
  if (native === null) return null;
  try {
    return new RegExp(native, 'u');
  } catch {
    return null;
  }
}

class Translation {
  readonly #source: string;
  readonly #groups: Group[] = [];
  #flags: Flags = { ignoresCase: false, dotIsAny: false };
  /** Of the pattern as a whole. */
  #inner = '';
  #at = 0;
  #out = '';

  constructor(source: string) {
    this.#source = source;
  }

  result(): string | null {
    while (this.#at < this.#source.length) if (!this.#step()) return null;
    return this.#groups.length > 0 ? null : this.#out + closing(this.#inner);
  }

  #step(): boolean {
    const character = this.#source.charAt(this.#at);
    switch (character) {
      case '\\':
        return this.#take(escapeAt(this.#source, this.#at));
      case '[':
        return this.#take(classAt(this.#source, this.#at));
      case '(':
        return this.#open();
      case ')':
        return this.#close();
      case '|':
        return this.#alternative();
      case '.':
        return this.#put(this.#flags.dotIsAny ? '[^]' : String.raw`[^\n]`, 1);
      case '{':
        return this.#repeat();
      default:
        return this.#put('}]'.includes(character) ? `\\${character}` : character, 1);
    }
  }

  #put(text: string, length: number): true {
    this.#out += text;
    this.#at += length;
    return true;
  }

  #take(taken: { readonly text: string; readonly end: number } | null): boolean {
    if (taken === null) return false;
    return this.#put(taken.text, taken.end - this.#at);
  }

  #repeat(): boolean {
    const repeat = this.#matched(REPEAT);
    return repeat === null ? this.#put(String.raw`\{`, 1) : this.#put(repeat[0], repeat[0].length);
  }

  #open(): boolean {
    const named = this.#matched(NAMED);
    if (named !== null) return this.#group('(', named[0].length, this.#flags);
    if (this.#source.charAt(this.#at + 1) !== '?') return this.#group('(', 1, this.#flags);
    const found = this.#matched(FLAGS);
    if (found === null) return false;
    const [all, on = '', off = '', end] = found;
    const flags = changed(this.#flags, on, off);
    const head = headOf(flags);
    if (end === ':') return this.#group(head, all.length, flags);
    this.#inner += head;
    this.#flags = flags;
    return this.#put(head, all.length);
  }

  #group(head: string, length: number, flags: Flags): true {
    this.#groups.push({ flags: this.#flags, inner: this.#inner });
    this.#inner = '';
    this.#flags = flags;
    return this.#put(head, length);
  }

  #close(): boolean {
    const group = this.#groups.pop();
    if (group === undefined) return false;
    this.#out += closing(this.#inner);
    this.#inner = group.inner;
    this.#flags = group.flags;
    return this.#put(')', 1);
  }

  /** Flags hold beyond it, but the groups that stand for them would not. */
  #alternative(): true {
    return this.#put(`${closing(this.#inner)}|${this.#inner}`, 1);
  }

  #matched(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source);
  }
}

function changed({ ignoresCase, dotIsAny }: Flags, on: string, off: string): Flags {
  const holds = (flag: string, before: boolean) =>
    (before || on.includes(flag)) && !off.includes(flag);
  return { ignoresCase: holds('i', ignoresCase), dotIsAny: holds('s', dotIsAny) };
}

function headOf({ ignoresCase }: Flags): string {
  return ignoresCase ? '(?i:' : '(?-i:';
}

/** What closes the groups of which these are the heads. */
function closing(heads: string): string {
  return ')'.repeat(heads.split('(').length - 1);
}
