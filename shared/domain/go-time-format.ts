import { AppError } from '../kernel/errors.ts';
import { formatRfc3339 } from './go-time.ts';
import { ELEMENT } from './go-time-elements.ts';
import type { GoTime } from './go-time-fields.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const LAYOUT_LENGTH_MAX = 256;
const DAY_MS = 86_400_000;

export type GoTimeFormat = (time: GoTime) => string;

/**
 * Compiles a layout of Go's `time` package into what writes a time as Go's `Format` does, in the
 * time's own zone; no layout means RFC 3339.
 *
 * @throws AppError `invalid` when the layout holds no element of a time, or is too long.
 */
export function compileGoFormat(layout: string): GoTimeFormat {
  if (layout === '') return formatRfc3339;
  const names = layout.match(ELEMENT);
  if (names === null || layout.length > LAYOUT_LENGTH_MAX) {
    throw new AppError(
      'invalid',
      `time layout ${JSON.stringify(layout.slice(0, 40))} holds no part of a time or is longer than ${LAYOUT_LENGTH_MAX} characters; write it like "2006-01-02 15:04:05"`,
    );
  }
  const between = layout.split(ELEMENT);
  return (time) => {
    const wall = new Date((time.unixSeconds + time.offsetSeconds) * 1000);
    const texts = names.map((name, index) => `${between[index] ?? ''}${element(name, wall, time)}`);
    return `${texts.join('')}${between.at(-1) ?? ''}`;
  };
}

function element(name: string, wall: Date, time: GoTime): string {
  if (name.startsWith('.') || name.startsWith(',')) return fraction(name, time.nanos);
  if (name.startsWith('-') || name.startsWith('Z')) return zone(name, time.offsetSeconds);
  if (name === 'MST') return zoneLetters(time.offsetSeconds);
  return PLAIN[name]?.(wall) ?? name;
}

const PLAIN: Readonly<Record<string, (wall: Date) => string>> = {
  January: (wall) => MONTHS[wall.getUTCMonth()] ?? '',
  Jan: (wall) => (MONTHS[wall.getUTCMonth()] ?? '').slice(0, 3),
  1: (wall) => String(wall.getUTCMonth() + 1),
  '01': (wall) => padded(wall.getUTCMonth() + 1, 2),
  Monday: (wall) => DAYS[wall.getUTCDay()] ?? '',
  Mon: (wall) => (DAYS[wall.getUTCDay()] ?? '').slice(0, 3),
  2: (wall) => String(wall.getUTCDate()),
  _2: (wall) => String(wall.getUTCDate()).padStart(2),
  '02': (wall) => padded(wall.getUTCDate(), 2),
  '002': (wall) => padded(yearDay(wall), 3),
  __2: (wall) => String(yearDay(wall)).padStart(3),
  2006: (wall) => padded(wall.getUTCFullYear(), 4),
  '06': (wall) => padded(wall.getUTCFullYear() % 100, 2),
  15: (wall) => padded(wall.getUTCHours(), 2),
  3: (wall) => String(hour12(wall)),
  '03': (wall) => padded(hour12(wall), 2),
  4: (wall) => String(wall.getUTCMinutes()),
  '04': (wall) => padded(wall.getUTCMinutes(), 2),
  5: (wall) => String(wall.getUTCSeconds()),
  '05': (wall) => padded(wall.getUTCSeconds(), 2),
  PM: (wall) => (wall.getUTCHours() < 12 ? 'AM' : 'PM'),
  pm: (wall) => (wall.getUTCHours() < 12 ? 'am' : 'pm'),
};

function hour12(wall: Date): number {
  return wall.getUTCHours() % 12 || 12;
}

/** Counted from 1. */
function yearDay(wall: Date): number {
  const first = Date.UTC(wall.getUTCFullYear(), 0, 1);
  return Math.floor((wall.getTime() - first) / DAY_MS) + 1;
}

/** `.000` has just as many digits; `.999` as many as there are, or nothing. */
function fraction(name: string, nanos: number): string {
  const digits = padded(nanos, 9).slice(0, name.length - 1);
  if (name.endsWith('0')) return `${name.slice(0, 1)}${digits}`;
  const significant = digits.replace(/0+$/, '');
  return significant === '' ? '' : `${name.slice(0, 1)}${significant}`;
}

function zone(name: string, offsetSeconds: number): string {
  if (name.startsWith('Z') && offsetSeconds === 0) return 'Z';
  const seconds = Math.abs(offsetSeconds);
  const parts = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60, seconds % 60];
  const digits = name.slice(1).replaceAll(/07|00/g, () => padded(parts.shift() ?? 0, 2));
  return `${offsetSeconds < 0 ? '-' : '+'}${digits}`;
}

/** A zone that is known by its offset alone has no letters. */
function zoneLetters(offsetSeconds: number): string {
  if (offsetSeconds === 0) return 'UTC';
  return zone(offsetSeconds % 3600 === 0 ? '-07' : '-0700', offsetSeconds);
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
