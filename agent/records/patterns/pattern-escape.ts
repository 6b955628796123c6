/** A part of a pattern in the words of the engine of the language, and where it ends in RE2's. */
export interface Taken {
  readonly text: string;
  readonly end: number;
}

/** White space, as RE2 has it: the inside of a class. */
const SPACE = String.raw`\t\n\f\r `;
const WORD = '0-9A-Za-z_';
const CLASSES: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
  s: `[${SPACE}]`,
  S: `[^${SPACE}]`,
};
/** The same inside of a class; what they leave out is written as what they do not. */
const MEMBERS: Readonly<Record<string, string>> = {
  d: '0-9',
  D: String.raw`\0-\/:-\u{10ffff}`,
  w: WORD,
  W: '\\0-\\/:-@\\[-\\^`\\{-\\u{10ffff}',
  s: SPACE,
  S: String.raw`\0-\x08\x0b\x0e-\x1f!-\u{10ffff}`,
};
const PLACES: Readonly<Record<string, string>> = {
  ...{ b: String.raw`\b`, B: String.raw`\B`, A: '^', z: '$' },
};
const CONTROLS: Readonly<Record<string, string>> = {
  ...{ a: String.raw`\x07`, f: String.raw`\f`, t: String.raw`\t`, n: String.raw`\n` },
  ...{ r: String.raw`\r`, v: String.raw`\x0b` },
};
const HEX = /\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/y;
const CATEGORY = /\\([pP])(?:([CLMNPSZ])|\{([CLMNPSZ][a-z]?)\})/y;
const QUOTED = /\\Q([^]*?)(?:\\E|$)/y;

/** The escape at a place outside of classes; null: none that is known. */
export function escapeAt(source: string, at: number): Taken | null {
  const letter = source.charAt(at + 1);
  const known = CLASSES[letter] ?? PLACES[letter];
  if (known !== undefined) return { text: known, end: at + 2 };
  const quoted = letter === 'Q' ? matchAt(QUOTED, source, at) : null;
  if (quoted === null) return characterAt(source, at);
  const text = Array.from(quoted[1] ?? '', literal).join('');
  return { text, end: at + quoted[0].length };
}

/** The escape at a place inside of a class. */
export function memberAt(source: string, at: number): Taken | null {
  const known = MEMBERS[source.charAt(at + 1)];
  return known === undefined ? characterAt(source, at) : { text: known, end: at + 2 };
}

function characterAt(source: string, at: number): Taken | null {
  const letter = source.charAt(at + 1);
  const control = CONTROLS[letter];
  if (control !== undefined) return { text: control, end: at + 2 };
  const hex = matchAt(HEX, source, at);
  if (hex !== null) return { text: `\\u{${hex[1] ?? hex[2] ?? ''}}`, end: at + hex[0].length };
  const category = matchAt(CATEGORY, source, at);
  if (category !== null) {
    const name = category[2] ?? category[3] ?? '';
    return { text: `\\${category[1] ?? ''}{${name}}`, end: at + category[0].length };
  }
  return /^[!-/:-@[-`{-~]$/.test(letter) ? { text: literal(letter), end: at + 2 } : null;
}

/** Stands for the character itself, inside of a class and outside. */
export function literal(character: string): string {
  if (/^[0-9A-Za-z]$/.test(character)) return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}
