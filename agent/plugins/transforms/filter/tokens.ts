/** What an expression is made of; `at` is the place of its first character, counted from 1. */
export type Token =
  | { readonly kind: 'text'; readonly text: string; readonly at: number }
  | { readonly kind: 'number'; readonly number: number; readonly at: number }
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'sign'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly at: number };

/** An expression that cannot be understood; the message names the place. */
export class ExpressionError extends Error {
  constructor(at: number, problem: string) {
    super(`at character ${at}: ${problem}`);
  }
}

const SPACE = /\s+/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const WORD = /[\p{L}_@$][\p{L}\p{N}_@$-]*/uy;
const SIGN = /==|!=|<=|>=|&&|\|\||[=<>!()[\],.]/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** @throws ExpressionError at what is no part of an expression. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += taken(SPACE, source, at).length;
    if (at >= source.length) break;
    const token = tokenAt(source, at);
    tokens.push({ ...token.token, at: at + 1 });
    at += token.length;
  }
  return [...tokens, { kind: 'end', at: source.length + 1 }];
}

interface Found {
  readonly token: Token;
  readonly length: number;
}

function tokenAt(source: string, at: number): Found {
  const first = source.charAt(at);
  if (first === '"' || first === "'") return quotedAt(source, at);
  const number = taken(NUMBER, source, at);
  if (number !== '') {
    return { token: { kind: 'number', number: Number(number), at }, length: number.length };
  }
  const word = taken(WORD, source, at);
  if (word !== '') return { token: { kind: 'word', text: word, at }, length: word.length };
  const sign = taken(SIGN, source, at);
  if (sign !== '') return { token: { kind: 'sign', text: sign, at }, length: sign.length };
  throw new ExpressionError(at + 1, `"${first}" means nothing here; put texts in quotation marks`);
}

/** `\n`, `\r` and `\t` are what they are elsewhere; before anything else but a quote `\` stays. */
function quotedAt(source: string, at: number): Found {
  const quote = source.charAt(at);
  let text = '';
  for (let index = at + 1; index < source.length; index += 1) {
    const character = source.charAt(index);
    if (character === quote) {
      return { token: { kind: 'text', text, at }, length: index + 1 - at };
    }
    if (character !== '\\') {
      text += character;
      continue;
    }
    index += 1;
    text += escaped(source.charAt(index), quote);
  }
  throw new ExpressionError(at + 1, `the text that begins here has no closing ${quote}`);
}

function escaped(character: string, quote: string): string {
  if (character === quote || character === '\\') return character;
  return ESCAPES[character] ?? `\\${character}`;
}

function taken(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? '';
}
