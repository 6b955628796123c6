import type { LineBreaks } from './source-lines.ts';

/** How the text of a buffer is written. */
export interface Script extends LineBreaks {
  /** How many bytes a mark at the very beginning of the source takes. */
  readonly markBytes: number;
  decode(bytes: Buffer): string;
  /** Of bytes that may end inside a character: all but that one. */
  decodeCut(bytes: Buffer): string;
}

export interface Encoding {
  readonly name: string;
  /** A buffer begins with a character, and with a line unless it begins inside a cut one. */
  scriptOf(buffer: Buffer, atStart: boolean): Script;
}

/**
 * Decoded by the runtime's own ICU, by the names that it knows them by. GBK and its ancestor are
 * decoded as GB18030, which holds them.
 */
const DECODERS: Readonly<Record<string, string>> = {
  'UTF-16LE': 'utf-16le',
  'UTF-16BE': 'utf-16be',
  GBK: 'gb18030',
  GB2312: 'gb18030',
  GB18030: 'gb18030',
  Big5: 'big5',
  Shift_JIS: 'shift_jis',
  'EUC-JP': 'euc-jp',
  'EUC-KR': 'euc-kr',
  ...numbered('ISO-8859-', [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16]),
  ...numbered('windows-', [874, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258]),
  'KOI8-R': 'koi8-r',
  'KOI8-U': 'koi8-u',
  macintosh: 'macintosh',
  IBM866: 'ibm866',
};

/** Text that is passed on as it is: each byte of it is right in UTF-8, or nobody minds. */
const AS_IT_IS = ['UTF-8', 'US-ASCII'];
const LATIN1 = 'ISO-8859-1';
const UTF16 = 'UTF-16';
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['utf8', 'UTF-8'],
  ['ascii', 'US-ASCII'],
  ['latin1', LATIN1],
  ['utf16', UTF16],
  ['utf16le', 'UTF-16LE'],
  ['utf16be', 'UTF-16BE'],
  ['sjis', 'Shift_JIS'],
  ['eucjp', 'EUC-JP'],
  ['euckr', 'EUC-KR'],
]);

/** What `encodingNamed` knows, as it is written. */
export const ENCODING_NAMES: readonly string[] = [
  ...AS_IT_IS,
  ...[UTF16, LATIN1],
  ...Object.keys(DECODERS),
];

/** Null for text that needs no decoding; undefined for a name that is not known. */
export function encodingNamed(text: string): Encoding | null | undefined {
  const wanted = (ALIASES.get(text.toLowerCase()) ?? text).toLowerCase();
  const name = ENCODING_NAMES.find((known) => known.toLowerCase() === wanted);
  if (name === undefined) return undefined;
  if (AS_IT_IS.includes(name)) return null;
  if (name === LATIN1) return { name, scriptOf: () => latin1 };
  if (name === UTF16) return utf16();
  return icuEncoding(name, DECODERS[name] ?? name);
}

function numbered(prefix: string, numbers: readonly number[]): Record<string, string> {
  return Object.fromEntries(numbers.map((n) => [`${prefix}${n}`, `${prefix}${n}`.toLowerCase()]));
}

const LINE_FEED = Buffer.from('\n');
const WIDE = {
  le: { newline: Buffer.from([0x0a, 0x00]), mark: Buffer.from([0xff, 0xfe]) },
  be: { newline: Buffer.from([0x00, 0x0a]), mark: Buffer.from([0xfe, 0xff]) },
} as const;
const GB18030_MARK = Buffer.from([0x84, 0x31, 0x95, 0x33]);

/** The runtime's `iso-8859-1` is windows-1252, which has other characters from 0x80 to 0x9F. */
const latin1: Script = {
  ...{ newline: LINE_FEED, unitBytes: 1, markBytes: 0 },
  decode: (bytes) => bytes.toString('latin1'),
  decodeCut: (bytes) => bytes.toString('latin1'),
};

function icuEncoding(name: string, label: string): Encoding {
  const kind = WIDE[label === 'utf-16be' ? 'be' : 'le'];
  const isWide = label.startsWith('utf-16');
  const newline = isWide ? kind.newline : LINE_FEED;
  const mark = isWide ? kind.mark : GB18030_MARK;
  const mayHaveMark = isWide || label === 'gb18030';
  const text = icuText(label);
  const script: Script = { ...text, newline, unitBytes: isWide ? 2 : 1, markBytes: 0 };
  const marked: Script = { ...script, markBytes: mark.length };
  return {
    name,
    scriptOf: (buffer, atStart) =>
      atStart && mayHaveMark && startsWith(buffer, mark) ? marked : script,
  };
}

function icuText(label: string): Pick<Script, 'decode' | 'decodeCut'> {
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  return {
    decode: (bytes) => decoder.decode(bytes),
    decodeCut(bytes) {
      const text = decoder.decode(bytes, { stream: true });
      decoder.decode();
      return text;
    },
  };
}

/**
 * UTF-16 whose byte order is told by its mark. Further on in the source the first line feed tells
 * it just as well: read the other way round it would be U+0A00, which is no character.
 */
function utf16(): Encoding {
  const le = icuEncoding(UTF16, 'utf-16le');
  const be = icuEncoding(UTF16, 'utf-16be');
  return {
    name: UTF16,
    scriptOf(buffer, atStart) {
      const order = (atStart ? markedOrder(buffer) : null) ?? orderOfFirstBreak(buffer);
      return (order === 'be' ? be : le).scriptOf(buffer, atStart);
    },
  };
}

function markedOrder(buffer: Buffer): 'le' | 'be' | null {
  if (startsWith(buffer, WIDE.le.mark)) return 'le';
  return startsWith(buffer, WIDE.be.mark) ? 'be' : null;
}

function orderOfFirstBreak(buffer: Buffer): 'le' | 'be' {
  for (let at = buffer.indexOf(LINE_FEED); at !== -1; at = buffer.indexOf(LINE_FEED, at + 1)) {
    const isSecond = at % 2 === 1;
    if (buffer[isSecond ? at - 1 : at + 1] === 0) return isSecond ? 'be' : 'le';
  }
  return 'le';
}

function startsWith(buffer: Buffer, mark: Buffer): boolean {
  return buffer.subarray(0, mark.length).equals(mark);
}
