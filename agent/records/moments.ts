import { compileGoLayout } from '../../shared/domain/go-time.ts';
import type { GoTime } from '../../shared/domain/go-time-fields.ts';
import { timeReader } from './field-values.ts';
import { scalarText } from './scalar-text.ts';

/** A time in a value. Throws an Error that says why there is none. */
export type ReadMoment = (value: unknown) => GoTime;

interface MomentRules {
  /** The Go layout of the texts; empty: any that is known. */
  readonly layout: string;
  /** Go layouts that are known beside the usual ones. */
  readonly timeLayouts: readonly string[];
  readonly nowMs: () => number;
}

/** Seconds with a fraction, or milli-, micro- or nanoseconds, since the Unix epoch. */
const TIMESTAMP = /^(-?)(\d{1,19})(?:\.(\d{1,9})\d*)?$/;
/** A text of fewer digits is a date at most. */
const TIMESTAMP_TEXT = /^\d{10}/;
const DAY_MS = 86_400_000;

/**
 * A time is a text in a layout, UTC where it names no zone, or a timestamp, whose unit its digits
 * tell. One without a year is of this year, or of the last where it would be more than a day ahead.
 *
 * @throws AppError `invalid` when a layout is none.
 */
export function momentReader({ layout, timeLayouts, nowMs }: MomentRules): ReadMoment {
  const parse = layout === '' ? timeReader(timeLayouts) : compileGoLayout(layout);
  const isPlain = layout === '';
  return (value) => {
    if (typeof value !== 'string') return timestamp(scalarText(value)) ?? fail('is no timestamp');
    const text = value.trim();
    const time = parse(text) ?? (isPlain && TIMESTAMP_TEXT.test(text) ? timestamp(text) : null);
    return withYear(time ?? fail('is no time in the layout, or in none that is known'), nowMs());
  };
}

function fail(why: string): never {
  throw new Error(why);
}

function timestamp(text: string): GoTime | null {
  const match = TIMESTAMP.exec(text);
  if (match === null) return null;
  const [, sign = '', digits = '', fraction = ''] = match;
  const places = decimalsOf(digits.length);
  if (places > 0 && fraction !== '') return null;
  const nanos = BigInt(digits + fraction.padEnd(9 - places, '0').slice(0, 9 - places));
  const total = sign === '' ? nanos : -nanos;
  // The rest is never negative, whatever the sign is.
  const rest = ((total % BILLION) + BILLION) % BILLION;
  const unixSeconds = Number((total - rest) / BILLION);
  return { unixSeconds, nanos: Number(rest), offsetSeconds: 0 };
}

const BILLION = 1_000_000_000n;

/** How many of the digits are of a fraction of a second. */
function decimalsOf(digits: number): number {
  if (digits <= 11) return 0;
  if (digits <= 14) return 3;
  return digits <= 17 ? 6 : 9;
}

function withYear(time: GoTime, nowMs: number): GoTime {
  const wall = new Date((time.unixSeconds + time.offsetSeconds) * 1000);
  if (wall.getUTCFullYear() !== 0) return time;
  const inYear = (year: number): GoTime => {
    const moved = new Date(wall);
    moved.setUTCFullYear(year);
    return { ...time, unixSeconds: moved.getTime() / 1000 - time.offsetSeconds };
  };
  const year = new Date(nowMs).getUTCFullYear();
  const thisYear = inYear(year);
  return thisYear.unixSeconds * 1000 > nowMs + DAY_MS ? inYear(year - 1) : thisYear;
}
