import { AppError } from '../kernel/errors.ts';
import { ELEMENT, layoutElement } from './go-time-elements.ts';
import { emptyFields, type GoTime, toTime } from './go-time-fields.ts';

/** Reads a whole text; null when the text does not follow the layout or names no real moment. */
export type GoTimeParser = (text: string) => GoTime | null;

const LAYOUT_LENGTH_MAX = 256;

/**
 * Compiles a layout of Go's `time` package (`2006-01-02 15:04:05`) into a parser that reads what
 * Go's `time.Parse` reads: a fraction after the seconds is taken even where the layout has none,
 * a text without a zone is UTC, a zone known only by its letters counts as UTC.
 *
 * @throws AppError `invalid` when the layout holds no element of a time, or is too long.
 */
export function compileGoLayout(layout: string): GoTimeParser {
  if (layout.length > LAYOUT_LENGTH_MAX) {
    throw invalid(`${layout.slice(0, 40)}...`, `is longer than ${LAYOUT_LENGTH_MAX} characters`);
  }
  const names = layout.match(ELEMENT);
  if (names === null) throw invalid(layout, 'holds no part of a time');

  const elements = names.map((name, index) => layoutElement(name, names[index + 1]));
  const between = layout.split(ELEMENT).map(literal);
  const pattern = elements
    .map((part, index) => `${between[index] ?? ''}(${part.pattern})`)
    .join('');
  const regexp = new RegExp(`^${pattern}${between.at(-1) ?? ''}$`, 'i');

  return (text) => {
    const match = regexp.exec(text);
    if (match === null) return null;
    const fields = emptyFields();
    for (const [index, { read }] of elements.entries()) read(match[index + 1] ?? '', fields);
    return toTime(fields);
  };
}

/** RFC 3339 with as many digits of the fraction as there are, in the zone that the text had. */
export function formatRfc3339({ unixSeconds, nanos, offsetSeconds }: GoTime): string {
  const wall = new Date((unixSeconds + offsetSeconds) * 1000).toISOString().slice(0, -5);
  const fraction = nanos === 0 ? '' : `.${pad(nanos, 9).replace(/0+$/, '')}`;
  return `${wall}${fraction}${zoneText(offsetSeconds)}`;
}

function zoneText(offsetSeconds: number): string {
  const minutes = Math.trunc(Math.abs(offsetSeconds) / 60);
  if (minutes === 0) return 'Z';
  const sign = offsetSeconds < 0 ? '-' : '+';
  return `${sign}${pad(Math.trunc(minutes / 60), 2)}:${pad(minutes % 60, 2)}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** A blank of the layout stands for any number of blanks in the text, as in Go. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`).replace(/ +/g, ' +');
}

function invalid(layout: string, why: string): AppError {
  return new AppError(
    'invalid',
    `time layout ${JSON.stringify(layout)} ${why}; write it like "2006-01-02 15:04:05"`,
  );
}
