/** What stands for a part of a date, where it goes in one, and how many digits it has. */
const UNITS = [
  { word: 'YYYY', place: 0, digits: 4 },
  { word: 'YY', place: 0, digits: 2 },
  { word: 'MM', place: 1, digits: 2 },
  { word: 'DD', place: 2, digits: 2 },
  { word: 'hh', place: 3, digits: 2 },
  { word: 'mm', place: 4, digits: 2 },
  { word: 'ss', place: 5, digits: 2 },
] as const;
export type DateUnit = (typeof UNITS)[number];

const VARIABLE = /@\(([^)]*)\)/g;

/** A text with variables such as `@(YYYY)`, cut where they stand. */
export function datedParts(text: string): (string | DateUnit)[] {
  const parts: (string | DateUnit)[] = [];
  let at = 0;
  for (const found of text.matchAll(VARIABLE)) {
    const unit = UNITS.find(({ word }) => word === found[1]);
    if (unit === undefined) continue;
    parts.push(text.slice(at, found.index), unit);
    at = found.index + found[0].length;
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== '');
}

/** The first variable that is none of those that are known; null: there is none. */
export function unknownVariable(text: string): string | null {
  for (const [whole, word] of text.matchAll(VARIABLE)) {
    if (UNITS.every((unit) => unit.word !== word)) return whole;
  }
  return null;
}

export function hasDate(text: string): boolean {
  return datedParts(text).some((part) => typeof part !== 'string');
}

/** The text with this date, by the clock of the machine, in place of the variables. */
export function withDate(text: string, date: Date): string {
  const digits = (unit: DateUnit) => digitsOf(date, unit);
  return datedParts(text)
    .map((part) => (typeof part === 'string' ? part : digits(part)))
    .join('');
}

export function digitsOf(date: Date, { place, digits }: DateUnit): string {
  const values = [
    ...[date.getFullYear(), date.getMonth() + 1, date.getDate()],
    ...[date.getHours(), date.getMinutes(), date.getSeconds()],
  ];
  return String(values[place]).padStart(digits, '0').slice(-digits);
}
