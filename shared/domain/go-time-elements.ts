import type { TimeFields } from './go-time-fields.ts';

/** The elements of Go's reference time, longest first where one begins another. */
export const ELEMENT =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm|[-Z]07:?00:?00|[-Z]07:?00|[-Z]07|[.,](?:0+|9+)(?!\d)/g;

/** One element of a layout, as it is found in a text. */
export interface LayoutElement {
  /** Regular expression of its text, without capturing groups. */
  readonly pattern: string;
  readonly read: (text: string, fields: TimeFields) => void;
}

const MONTHS = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const MONTHS_LONG =
  'january|february|march|april|may|june|july|august|september|october|november|december';
const DAYS_LONG = 'monday|tuesday|wednesday|thursday|friday|saturday|sunday';

const ONE_OR_TWO = String.raw`\d{1,2}`;
const TWO = String.raw`\d{2}`;

/** What `name` (a match of ELEMENT) reads; `next` is the element after it. */
export function layoutElement(name: string, next: string | undefined): LayoutElement {
  if (isFraction(name)) return fraction(name);
  if (name.startsWith('-07') || name.startsWith('Z07')) return zone(name);
  if (name === '5') return seconds(ONE_OR_TWO, next);
  if (name === '05') return seconds(TWO, next);
  return PLAIN[name] ?? ZONE_LETTERS;
}

const PLAIN: Readonly<Record<string, LayoutElement>> = {
  January: { pattern: MONTHS_LONG, read: readMonthName },
  Jan: { pattern: MONTHS, read: readMonthName },
  1: numbered('month', ONE_OR_TWO),
  '01': numbered('month', TWO),
  Monday: ignored(DAYS_LONG),
  Mon: ignored('mon|tue|wed|thu|fri|sat|sun'),
  2: numbered('day', ONE_OR_TWO),
  _2: numbered('day', String.raw` ?\d{1,2}`),
  '02': numbered('day', TWO),
  '002': numbered('yearDay', String.raw`\d{3}`),
  __2: numbered('yearDay', String.raw` {0,2}\d{1,3}`),
  2006: numbered('year', String.raw`\d{4}`),
  '06': { pattern: TWO, read: readShortYear },
  15: numbered('hour', ONE_OR_TWO),
  3: { pattern: ONE_OR_TWO, read: readHour12 },
  '03': { pattern: TWO, read: readHour12 },
  4: numbered('minute', ONE_OR_TWO),
  '04': numbered('minute', TWO),
  PM: { pattern: 'am|pm', read: readHalfDay },
  pm: { pattern: 'am|pm', read: readHalfDay },
};

/** `MST` stands for a zone's letters; Go, too, knows no offset by them. */
const ZONE_LETTERS = ignored(String.raw`[A-Z]{3,5}|[-+]\d{2}(?:\d{2})?`);

function numbered(
  field: 'year' | 'month' | 'day' | 'yearDay' | 'hour' | 'minute',
  pattern: string,
): LayoutElement {
  return {
    pattern,
    read: (text, fields) => {
      fields[field] = Number(text);
    },
  };
}

function ignored(pattern: string): LayoutElement {
  return { pattern, read: () => undefined };
}

function readMonthName(text: string, fields: TimeFields): void {
  fields.month = MONTHS.split('|').indexOf(text.slice(0, 3).toLowerCase()) + 1;
}

/** Go takes 69 to 99 for the last century. */
function readShortYear(text: string, fields: TimeFields): void {
  const year = Number(text);
  fields.year = year >= 69 ? 1900 + year : 2000 + year;
}

function readHour12(text: string, fields: TimeFields): void {
  fields.hour = Number(text);
  fields.isHour12 = true;
}

function readHalfDay(text: string, fields: TimeFields): void {
  fields.isPm = text.toLowerCase() === 'pm';
}

/** A fraction is taken even where the layout has none. */
function seconds(digits: string, next: string | undefined): LayoutElement {
  const hasFraction = next !== undefined && isFraction(next);
  return {
    pattern: hasFraction ? digits : String.raw`${digits}(?:[.,]\d+)?`,
    read: (text, fields) => {
      const [whole, part = ''] = text.split(/[.,]/);
      fields.second = Number(whole);
      fields.nanos = nanosOf(part);
    },
  };
}

/** `.000` asks for just as many digits; `.999` takes any number of them, or none at all. */
function fraction(name: string): LayoutElement {
  return {
    pattern: name.endsWith('0') ? String.raw`[.,]\d{${name.length - 1}}` : String.raw`(?:[.,]\d+)?`,
    read: (text, fields) => {
      fields.nanos = nanosOf(text.slice(1));
    },
  };
}

function isFraction(name: string): boolean {
  return name.startsWith('.') || name.startsWith(',');
}

function nanosOf(digits: string): number {
  return Number(digits.slice(0, 9).padEnd(9, '0'));
}

/** `Z07:00` takes a Z for UTC, `-07:00` does not. */
function zone(name: string): LayoutElement {
  const digits = name.slice(1).replace('07', String.raw`[-+]\d{2}`).replaceAll('00', TWO);
  return {
    pattern: name.startsWith('Z') ? `Z|${digits}` : digits,
    read: (text, fields) => {
      fields.offsetSeconds = offsetOf(text);
    },
  };
}

function offsetOf(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = (text.match(/\d{2}/g) ?? []).map(Number);
  if (hours > 24 || minutes > 59 || seconds > 59) return Number.NaN;
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}
