import { numberJson, oneLineJson, timeText } from './json-value.ts';
import { arrayJson } from './postgres-array.ts';
import type { SqlColumn } from './sql-session.ts';

/** What the text of a value means, by the number of its type in `pg_type`. */
type Meaning = (text: string, zone: string) => string;

const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  ...only([20, 21, 23, 26, 700, 701, 1700], numberJson),
  ...only([16], (text) => (text === 't' ? 'true' : 'false')),
  ...only([17], (text) => JSON.stringify(base64(text))),
  ...only([114, 3802], oneLineJson),
  ...only([1114, 1184], (text, zone) => JSON.stringify(timeText(text, zone))),
]);

/** int8, int2, int4. */
const INTEGERS: ReadonlySet<number> = new Set([20, 21, 23]);

/** Types of arrays, and the type of their elements. */
const ARRAYS: ReadonlyMap<number, number> = new Map([
  [1000, 16],
  [1001, 17],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1015, 1043],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1115, 1114],
  [1185, 1184],
  [1231, 1700],
  [2951, 2950],
  [199, 114],
  [3807, 3802],
]);

/** A column of values that come as PostgreSQL writes them. `zone`: of times that have none. */
export function postgresColumn(
  { name, dataTypeID }: { readonly name: string; readonly dataTypeID: number },
  zone: string,
): SqlColumn {
  const meaning = meaningOf(dataTypeID);
  return {
    name,
    isInteger: INTEGERS.has(dataTypeID),
    toJson: (value) => (typeof value === 'string' ? meaning(value, zone) : 'null'),
    toText: (value) => (typeof value === 'string' ? value : null),
    literal: quotedText,
  };
}

/** A text as PostgreSQL reads it, with or without `standard_conforming_strings`. */
export function quotedText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? ` E${quoted}` : quoted;
}

function meaningOf(type: number): Meaning {
  const element = ARRAYS.get(type);
  if (element === undefined) return MEANINGS.get(type) ?? asString;
  const inner = MEANINGS.get(element) ?? asString;
  return (text, zone) => arrayJson(text, (one) => inner(one, zone)) ?? JSON.stringify(text);
}

/** From `\x0a0b`, or, in the older form, text with octal escapes. */
function base64(text: string): string {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex').toString('base64');
  const bytes = text.replace(/\\(\d{3}|\\)/g, (_, code: string) =>
    code === '\\' ? '\\' : String.fromCharCode(Number.parseInt(code, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('base64');
}

function asString(text: string): string {
  return JSON.stringify(text);
}

function only(types: readonly number[], meaning: Meaning): (readonly [number, Meaning])[] {
  return types.map((type) => [type, meaning]);
}
