import type { Library } from './library.ts';

const TYPES = ['string', 'long', 'float', 'date', 'drop'] as const;
type GrokType = (typeof TYPES)[number];

export interface GrokField {
  readonly name: string;
  readonly type: GrokType;
}

/** A pattern in the syntax of RE2, whose groups are its fields, in their order. */
export interface GrokPattern {
  readonly source: string;
  readonly fields: readonly GrokField[];
}

const SOURCE_LENGTH_MAX = 64 * 1024;
const REFERENCE = /%\{([\w.-]+)(?::([^:}]+))?(?::([^:}]+))?\}/y;
const NAMED = /\(\?P?<([A-Za-z_]\w*)>/y;
const CLASS = /\[\^?\]?(?:\[:\^?\w+:\]|\\[^]|[^\]\\])*\]/y;
/** RE2 has no such groups: it never goes back, so that they match the same but for rare cases. */
const ATOMIC = '(?>';

/**
 * Puts in each `%{NAME}`, `%{NAME:field}` and `%{NAME:field:type}` what the library has for it.
 *
 * @throws Error that says what cannot be put in.
 */
export function expandGrok(pattern: string, library: Library): GrokPattern {
  const expansion = new Expansion(library);
  expansion.write(pattern);
  return { source: expansion.source, fields: expansion.fields };
}

class Expansion {
  source = '';
  readonly fields: GrokField[] = [];
  readonly #library: Library;
  /** The patterns that are being put in, from the outside in. */
  readonly #within: string[] = [];

  constructor(library: Library) {
    this.#library = library;
  }

  write(pattern: string): void {
    for (let at = 0; at < pattern.length; ) at = this.#writePart(pattern, at);
    if (this.source.length > SOURCE_LENGTH_MAX) {
      throw new Error(`it is longer than ${SOURCE_LENGTH_MAX} characters, put together`);
    }
  }

  /** Returns where the next part begins. */
  #writePart(pattern: string, at: number): number {
    const character = pattern.charAt(at);
    if (character === '\\') return this.#put(pattern.slice(at, at + 2), at + 2);
    if (character === '%') return this.#reference(pattern, at) ?? this.#put('%', at + 1);
    if (character === '(') return this.#open(pattern, at);
    const members = character === '[' ? matchAt(CLASS, pattern, at) : null;
    const text = members === null ? character : members[0];
    return this.#put(text, at + text.length);
  }

  #put(text: string, next: number): number {
    this.source += text;
    return next;
  }

  #open(pattern: string, at: number): number {
    const named = matchAt(NAMED, pattern, at);
    if (named !== null) {
      this.fields.push({ name: named[1] ?? '', type: 'string' });
      return this.#put('(', at + named[0].length);
    }
    if (pattern.startsWith(ATOMIC, at)) return this.#put('(?:', at + ATOMIC.length);
    return this.#put(pattern.charAt(at + 1) === '?' ? '(' : '(?:', at + 1);
  }

  #reference(pattern: string, at: number): number | null {
    const found = matchAt(REFERENCE, pattern, at);
    if (found === null) return null;
    const [all, name = '', field, type] = found;
    const inner = this.#library.get(name);
    if (inner === undefined) throw new Error(`there is no pattern ${name}`);
    if (this.#within.includes(name)) throw new Error(`the pattern ${name} has itself in it`);
    if (field !== undefined) this.fields.push({ name: field, type: typeOf(type, all) });
    this.source += field === undefined ? '(?:' : '(';
    this.#within.push(name);
    this.write(inner);
    this.#within.pop();
    return this.#put(')', at + all.length);
  }
}

const OPENING = new Set(['(', '{']);
const CLOSING = new Set([')', '}']);

/** How long what begins at a place is that has no comma of the list in it. */
function literalLength(text: string, at: number): number {
  if (text.charAt(at) === '\\') return 2;
  return text.charAt(at) === '[' ? (matchAt(CLASS, text, at)?.[0].length ?? 1) : 1;
}

function typeOf(text: string | undefined, reference: string): GrokType {
  if (text === undefined) return 'string';
  const word = text === 'int' ? 'long' : text;
  const type = TYPES.find((known) => known === word);
  if (type !== undefined) return type;
  throw new Error(`${reference} has no type that there is: ${TYPES.join(', ')}`);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The patterns of an option, parted by commas: not those in brackets, or behind a backslash. */
export function patternList(text: string): string[] {
  const patterns: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    at += literalLength(text, at) - 1;
    if (OPENING.has(character)) depth += 1;
    else if (CLOSING.has(character)) depth = Math.max(0, depth - 1);
    else if (character === ',' && depth === 0) {
      patterns.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...patterns, text.slice(start)].map((each) => each.trim()).filter((each) => each !== '');
}
