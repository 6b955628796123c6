import type { LogRecord } from '../plugins/plugin.ts';
import { looseValue } from './field-values.ts';
import { setField } from './set-field.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
const FIRST_NON_ASCII = 0x80;
const NONE = -1;

interface KeyValueRules {
  /** What is between a key and its value; not empty. */
  readonly splitter: string;
  /** Values stay texts; otherwise numbers, `true` and `false` become what they say. */
  readonly keepString: boolean;
}

/** Where a key begins, and where the splitter behind it does. */
interface Pair {
  readonly keyAt: number;
  readonly splitAt: number;
}

/**
 * Reads `key=value key2="a value"`. A value goes on to the last word before the next splitter, which
 * is the next key, so that it may hold blanks; what is in quotes is looked at for neither. A quote
 * that is never closed is a character like any other.
 */
export class KeyValues {
  readonly #splitter: string;
  readonly #first: number;
  readonly #keepString: boolean;

  constructor({ splitter, keepString }: KeyValueRules) {
    this.#splitter = splitter;
    this.#first = splitter.charCodeAt(0);
    this.#keepString = keepString;
  }

  /** @throws Error when there is no key, or an empty one. */
  recordOf(line: string): LogRecord {
    const record: LogRecord = {};
    const quotesTo = lastQuote(line);
    let keyAt = 0;
    let splitAt = this.#firstSplit(line, quotesTo);
    if (splitAt === NONE) throw new Error(`it has no "key${this.#splitter}value"`);
    while (splitAt !== NONE) {
      const key = unquoted(line.slice(keyAt, splitAt).trim());
      if (key === '') throw new Error('a key is empty');
      const valueAt = splitAt + this.#splitter.length;
      const next = this.#nextPair(line, valueAt, quotesTo);
      const text = line.slice(valueAt, next === null ? line.length : next.keyAt).trim();
      setField(record, key, this.#valueOf(text));
      if (next === null) break;
      ({ keyAt, splitAt } = next);
    }
    return record;
  }

  #valueOf(text: string): unknown {
    const bare = unquoted(text);
    if (this.#keepString || bare.length !== text.length) return bare;
    return looseValue(text);
  }

  /** The first splitter outside of quotes, or, where there is none, the first one; NONE: none. */
  #firstSplit(line: string, quotesTo: number): number {
    for (let at = 0; at < line.length; at += 1) {
      const code = line.charCodeAt(at);
      if (code === this.#first && this.#isSplit(line, at)) return at;
      if (code === QUOTE && at < quotesTo) at = closingQuote(line, at);
    }
    return line.indexOf(this.#splitter);
  }

  /** Where the pair begins that follows the value at `valueAt`; null: the value is the last one. */
  #nextPair(line: string, valueAt: number, quotesTo: number): Pair | null {
    let wordAt = NONE;
    let isBehindBlank = false;
    for (let at = valueAt; at < line.length; at += 1) {
      const code = line.charCodeAt(at);
      if (isSpace(code)) {
        isBehindBlank = true;
        continue;
      }
      if (code === this.#first && this.#isSplit(line, at)) {
        if (wordAt !== NONE) return { keyAt: wordAt, splitAt: at };
        at += this.#splitter.length - 1;
      } else if (isBehindBlank) {
        wordAt = at;
      }
      isBehindBlank = false;
      if (code === QUOTE && at < quotesTo) at = closingQuote(line, at);
    }
    return null;
  }

  #isSplit(line: string, at: number): boolean {
    return this.#splitter.length === 1 || line.startsWith(this.#splitter, at);
  }
}

function isSpace(code: number): boolean {
  if (code > BLANK && code < FIRST_NON_ASCII) return false;
  return code === BLANK || (code >= 0x09 && code <= 0x0d) || isWideSpace(code);
}

function isWideSpace(code: number): boolean {
  return code >= FIRST_NON_ASCII && String.fromCharCode(code).trim() === '';
}

/** The last mark that may close a quote; quotes are only opened before it. */
function lastQuote(line: string): number {
  let at = line.lastIndexOf('"');
  while (at > 0 && isEscaped(line, at)) at = line.lastIndexOf('"', at - 1);
  return at;
}

/** Where the quote is closed that is opened at `at`, which is before the last that may close one. */
function closingQuote(line: string, at: number): number {
  let close = line.indexOf('"', at + 1);
  while (isEscaped(line, close)) close = line.indexOf('"', close + 1);
  return close;
}

function isEscaped(line: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && line.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}

/** Without the quotes around it; inside of them, a backslash may stand before a quote or another. */
function unquoted(text: string): string {
  const last = text.length - 1;
  if (last < 1 || text.charCodeAt(0) !== QUOTE || lastQuote(text) !== last) return text;
  if (closingQuote(text, 0) !== last) return text;
  const inside = text.slice(1, last);
  return inside.includes('\\') ? inside.replace(/\\(["\\])/g, '$1') : inside;
}
