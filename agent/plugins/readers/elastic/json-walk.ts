/** A value in a JSON text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Member extends Span {
  /** As it is written: its escapes are not undone. */
  readonly name: string;
}

const BLANKS = /\s*/y;
const SCALAR = /[^\s,}\]]*/y;
const MARK = /["[\]{}]/g;

/** The members of the object that begins at `at`, in a text that is known to be JSON. */
export function* members(text: string, at: number): Generator<Member, undefined> {
  let next = blanksEnd(text, at + 1);
  while (text[next] === '"') {
    const nameEnd = stringEnd(text, next);
    const start = blanksEnd(text, blanksEnd(text, nameEnd) + 1);
    const end = valueEnd(text, start);
    yield { name: text.slice(next + 1, nameEnd - 1), start, end };
    next = behindComma(text, end);
  }
}

/** The elements of the list that begins at `at`, in a text that is known to be JSON. */
export function* elements(text: string, at: number): Generator<Span, undefined> {
  let start = blanksEnd(text, at + 1);
  while (start < text.length && text[start] !== ']') {
    const end = valueEnd(text, start);
    yield { start, end };
    start = behindComma(text, end);
  }
}

export function blanksEnd(text: string, at: number): number {
  return matchEnd(BLANKS, text, at);
}

function behindComma(text: string, at: number): number {
  const next = blanksEnd(text, at);
  return text[next] === ',' ? blanksEnd(text, next + 1) : next;
}

function valueEnd(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return stringEnd(text, at);
  return first === '{' || first === '[' ? nestedEnd(text, at) : matchEnd(SCALAR, text, at);
}

function nestedEnd(text: string, at: number): number {
  let level = 0;
  let next = at;
  do {
    MARK.lastIndex = next;
    const found = MARK.exec(text);
    if (found === null) return text.length;
    const [mark] = found;
    if (mark === '"') {
      next = stringEnd(text, found.index);
    } else {
      level += mark === '{' || mark === '[' ? 1 : -1;
      next = found.index + 1;
    }
  } while (level > 0);
  return next;
}

function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
  return text.length;
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.exec(text);
  return Math.max(at, pattern.lastIndex);
}
