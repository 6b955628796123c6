import { literal, memberAt, type Taken } from './pattern-escape.ts';

const POSIX = /\[:(\^?)(\w+):\]/y;
const NAMES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: String.raw`\0-\x7f`,
  blank: String.raw`\t `,
  cntrl: String.raw`\0-\x1f\x7f`,
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: String.raw`\t\n\x0b\f\r `,
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** The class that begins at a place: `[^a-z[:digit:]\]]`; null: none that is known. */
export function classAt(source: string, start: number): Taken | null {
  const isNegated = source.charAt(start + 1) === '^';
  const first = start + (isNegated ? 2 : 1);
  let text = isNegated ? '[^' : '[';
  for (let at = first; at < source.length; ) {
    if (source.charAt(at) === ']' && at > first) return { text: `${text}]`, end: at + 1 };
    const taken = partAt(source, at);
    if (taken === null) return null;
    text += taken.text;
    at = taken.end;
  }
  return null;
}

function partAt(source: string, at: number): Taken | null {
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  if (character === '\\') return memberAt(source, at);
  if (character === '-') return { text: isRange(source, at) ? '-' : String.raw`\-`, end: at + 1 };
  if (character !== '[') return { text: literal(character), end: at + character.length };
  POSIX.lastIndex = at;
  const found = POSIX.exec(source);
  if (found === null) return { text: String.raw`\[`, end: at + 1 };
  const members = NAMES[found[2] ?? ''];
  return found[1] === '' && members !== undefined
    ? { text: members, end: at + found[0].length }
    : null;
}

/** A dash between two characters; at either end, or beside a class, it stands for itself. */
function isRange(source: string, at: number): boolean {
  const before = source.slice(0, at);
  if (/(?:^|[^\\])(?:\\\\)*\[\^?$/.test(before) || source.charAt(at + 1) === ']') return false;
  return !/\\[dDwWsSpP]$/.test(before) && !before.endsWith(':]');
}
