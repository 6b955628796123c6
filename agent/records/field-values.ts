import { compileGoLayout, formatRfc3339, type GoTimeParser } from '../../shared/domain/go-time.ts';

export type FieldType = 'long' | 'float' | 'string' | 'date';

const TYPES: Readonly<Record<string, FieldType>> = {
  l: 'long',
  long: 'long',
  f: 'float',
  float: 'float',
  s: 'string',
  string: 'string',
  d: 'date',
  date: 'date',
};

/** The type that a schema names, by its first letter, too; undefined: there is none. */
export function fieldType(name: string): FieldType | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(TYPES, lower) ? TYPES[lower] : undefined;
}

/** What the text of a field becomes. Throws an Error that says why the text does not fit. */
export type ReadField = (text: string) => unknown;

export interface ValueRules {
  /** Added to dates. */
  readonly timezoneOffsetHours: number;
  /** Go layouts that dates are tried by before the usual ones. */
  readonly timeLayouts: readonly string[];
  readonly nowMs: () => number;
}

const DATE_LAYOUTS: readonly string[] = [
  '2006-01-02T15:04:05Z07:00',
  '2006-01-02T15:04:05Z0700',
  '2006-01-02T15:04:05',
  '2006-01-02 15:04:05 -0700 MST',
  '2006-01-02 15:04:05 Z07:00',
  '2006-01-02 15:04:05 -0700',
  '2006-01-02 15:04:05Z07:00',
  '2006-01-02 15:04:05',
  '2006-01-02 15:04',
  '2006-01-02',
  '2006/01/02 15:04:05 -0700',
  '2006/01/02 15:04:05',
  '2006/01/02 15:04',
  '2006/01/02',
  '02/Jan/2006:15:04:05 -0700',
  '02/Jan/2006 15:04:05',
  '02 Jan 2006 15:04:05',
  'Mon, 02 Jan 2006 15:04:05 MST',
  'Mon, 02 Jan 2006 15:04:05 -0700',
  'Mon Jan _2 15:04:05 2006',
  'Mon Jan _2 15:04:05 MST 2006',
  'Mon Jan 02 15:04:05 -0700 2006',
  'Monday, 02-Jan-06 15:04:05 MST',
  '02 Jan 06 15:04 MST',
  '02 Jan 06 15:04 -0700',
  '20060102150405',
  '20060102 15:04:05',
  '20060102',
];

/** @throws AppError `invalid` when one of the layouts is none. */
export function readerOf(type: FieldType, rules: ValueRules): ReadField {
  switch (type) {
    case 'string':
      return (text) => text;
    case 'long':
      return readLong;
    case 'float':
      return readFloat;
    case 'date':
      return dateReader(rules);
  }
}

/** A 64-bit integer; one that a double does not hold keeps its digits. Empty is 0, as it was. */
function readLong(text: string): unknown {
  if (text === '') return 0;
  if (!/^[+-]?\d{1,64}$/.test(text)) throw new Error('it is no whole number');
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  const exact = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, exact) !== exact) throw new Error('it does not fit into 64 bits');
  return JSON.rawJSON(exact.toString());
}

/** A whole number that a double does not hold keeps its digits. */
function readFloat(text: string): unknown {
  if (text === '') return 0;
  const value = numberOf(text);
  if (value === null) throw new Error('it is no number that JSON can hold');
  return value;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const WHOLE = /^[+-]?\d{16,512}$/;

/** The number that a text is, with all digits of a whole one; null: it is none that JSON holds. */
function numberOf(text: string): unknown {
  if (!DECIMAL.test(text)) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  if (Number.isSafeInteger(value) || !WHOLE.test(text)) return value;
  return JSON.rawJSON(BigInt(text.replace('+', '')).toString());
}

const FIRST_OF_WORD = 0x3a;

/** What a text says by itself: a number, `true`, `false`, or else the text. */
export function looseValue(text: string): unknown {
  // Most texts begin with a letter: no number does.
  if (text.charCodeAt(0) < FIRST_OF_WORD) return numberOf(text) ?? text;
  if (text === 'true' || text === 'True' || text === 'TRUE') return true;
  if (text === 'false' || text === 'False' || text === 'FALSE') return false;
  return text;
}

/** An empty date is now, as it was. */
function dateReader({ timeLayouts, timezoneOffsetHours, nowMs }: ValueRules): ReadField {
  const parsers = [...timeLayouts, ...DATE_LAYOUTS].map(compileGoLayout);
  const shiftSeconds = timezoneOffsetHours * 3600;
  return (text) => {
    if (text === '') return new Date(nowMs()).toISOString();
    const time = firstTime(parsers, text);
    if (time === null) throw new Error('it is no date in any known layout');
    return formatRfc3339({ ...time, unixSeconds: time.unixSeconds + shiftSeconds });
  };
}

function firstTime(parsers: readonly GoTimeParser[], text: string) {
  for (const parse of parsers) {
    const time = parse(text);
    if (time !== null) return time;
  }
  return null;
}
