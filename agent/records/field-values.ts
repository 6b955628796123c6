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

function readFloat(text: string): number {
  if (text === '') return 0;
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
  const value = isNumber ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new Error('it is no number that JSON can hold');
  return value;
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
