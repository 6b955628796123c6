/** Deeper JSON would overflow the stack of whoever walks it. (The original stops at 10,000.) */
export const JSON_DEPTH_MAX = 1000;

/**
 * Why a text is no JSON, in the words of Go's encoding/json: `offset` counts bytes from 1 and names
 * the one that is wrong; `end` means that the text stops too early.
 */
export type SyntaxFlaw =
  | { readonly at: 'byte'; readonly offset: number; readonly text: string }
  | { readonly at: 'end'; readonly empty: boolean };

/**
 * Finds the first flaw of a text, or null when it is JSON. It is slow beside `JSON.parse`, which
 * says less: ask it only what was wrong, or whether a long text nests too deeply.
 */
export function findSyntaxFlaw(text: string): SyntaxFlaw | null {
  const bytes = new TextEncoder().encode(text);
  try {
    new Scan(bytes).run();
    return null;
  } catch (thrown) {
    if (thrown instanceof WrongByte) {
      return { at: 'byte', offset: thrown.offset, text: thrown.message };
    }
    if (thrown instanceof EarlyEnd) return { at: 'end', empty: text.trim() === '' };
    throw thrown;
  }
}

class WrongByte extends Error {
  readonly offset: number;

  constructor(byte: number, offset: number, context: string) {
    super(`invalid character ${quoted(byte)} ${context}`);
    this.offset = offset;
  }
}

class EarlyEnd extends Error {}

/** What may come next. `first` ones may also close what was just opened. */
type Expected = 'value' | 'first item' | 'key' | 'first key' | 'after value';

type Bracket = '{' | '[';

const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };
const ESCAPES = 'bfnrt\\/"';

class Scan {
  readonly #bytes: Uint8Array;
  readonly #open: Bracket[] = [];
  #next = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  run(): void {
    let expected: Expected = 'value';
    while (expected !== 'after value' || !this.#isDone()) {
      this.#skipSpace();
      expected = this.#step(expected);
    }
  }

  #isDone(): boolean {
    if (this.#open.length > 0) return false;
    this.#skipSpace();
    if (this.#next < this.#bytes.length) {
      this.#take();
      throw this.#wrong('after top-level value');
    }
    return true;
  }

  #step(expected: Expected): Expected {
    const char = this.#take();
    switch (expected) {
      case 'first item':
        return char === ']' ? this.#close() : this.#value(char);
      case 'value':
        return this.#value(char);
      case 'first key':
        return char === '}' ? this.#close() : this.#key(char);
      case 'key':
        return this.#key(char);
      case 'after value':
        return this.#separator(char);
    }
  }

  #value(char: string): Expected {
    if (char === '{' || char === '[') return this.#enter(char);
    if (char === '"') this.#string();
    else if (char === '-' || isDigit(char)) this.#number(char);
    else this.#literal(char);
    return 'after value';
  }

  #enter(bracket: Bracket): Expected {
    this.#open.push(bracket);
    if (this.#open.length > JSON_DEPTH_MAX) throw this.#wrong('exceeded max depth');
    return bracket === '{' ? 'first key' : 'first item';
  }

  #close(): Expected {
    this.#open.pop();
    return 'after value';
  }

  #key(char: string): Expected {
    if (char !== '"') throw this.#wrong('looking for beginning of object key string');
    this.#string();
    this.#skipSpace();
    if (this.#take() !== ':') throw this.#wrong('after object key');
    return 'value';
  }

  #separator(char: string): Expected {
    const inObject = this.#open.at(-1) === '{';
    if (char === ',') return inObject ? 'key' : 'value';
    if (char === (inObject ? '}' : ']')) return this.#close();
    throw this.#wrong(inObject ? 'after object key:value pair' : 'after array element');
  }

  #string(): void {
    for (let char = this.#take(); char !== '"'; char = this.#take()) {
      if (char < ' ') throw this.#wrong('in string literal');
      if (char === '\\') this.#escape();
    }
  }

  #escape(): void {
    const char = this.#take();
    if (char !== 'u') {
      if (!ESCAPES.includes(char)) throw this.#wrong('in string escape code');
      return;
    }
    for (let digits = 0; digits < 4; digits++) {
      if (!/[0-9a-fA-F]/.test(this.#take())) {
        throw this.#wrong('in \\u hexadecimal character escape');
      }
    }
  }

  #number(first: string): void {
    const lead = first === '-' ? this.#digit('in numeric literal') : first;
    if (lead !== '0') this.#skipDigits();
    if (this.#peek() === '.') {
      this.#take();
      this.#digit('after decimal point in numeric literal');
      this.#skipDigits();
    }
    if (this.#peek().toLowerCase() === 'e') {
      this.#take();
      if (this.#peek() === '+' || this.#peek() === '-') this.#take();
      this.#digit('in exponent of numeric literal');
      this.#skipDigits();
    }
  }

  #literal(first: string): void {
    const word = LITERALS[first];
    if (word === undefined) throw this.#wrong('looking for beginning of value');
    for (const letter of word.slice(1)) {
      if (this.#take() !== letter) {
        throw this.#wrong(`in literal ${word} (expecting '${letter}')`);
      }
    }
  }

  #digit(context: string): string {
    const char = this.#take();
    if (!isDigit(char)) throw this.#wrong(context);
    return char;
  }

  #skipDigits(): void {
    while (isDigit(this.#peek())) this.#next++;
  }

  #skipSpace(): void {
    while (isSpace(this.#bytes[this.#next])) this.#next++;
  }

  /** The next byte as a character of Latin-1, or '' at the end. */
  #peek(): string {
    const byte = this.#bytes[this.#next];
    return byte === undefined ? '' : String.fromCharCode(byte);
  }

  #take(): string {
    const char = this.#peek();
    if (char === '') throw new EarlyEnd();
    this.#next++;
    return char;
  }

  /** The byte taken last is wrong. */
  #wrong(context: string): WrongByte {
    return new WrongByte(this.#bytes[this.#next - 1] ?? 0, this.#next, context);
  }
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  "'": "\\'",
};

/** A byte as Go shows it: `'b'`, `'\n'`, `'\x00'`, `'\u0085'`; bytes above 127 as Latin-1. */
function quoted(byte: number): string {
  const char = String.fromCharCode(byte);
  const hex = byte.toString(16);
  if (NAMED_ESCAPES[char] !== undefined) return `'${NAMED_ESCAPES[char]}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${hex.padStart(2, '0')}'`;
  const isUnprintable = (byte >= 0x80 && byte <= 0xa0) || byte === 0xad;
  return isUnprintable ? `'\\u${hex.padStart(4, '0')}'` : `'${char}'`;
}
