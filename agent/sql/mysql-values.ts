import { numberJson, oneLineJson, timeText } from './json-value.ts';
import type { SqlColumn } from './sql-session.ts';

/** As the protocol numbers the types of columns. */
const NUMBERS = new Set([0, 1, 2, 3, 4, 5, 8, 9, 13, 246]);
/** TINYINT, SMALLINT, INT, BIGINT, MEDIUMINT. */
const INTEGERS = new Set([1, 2, 3, 8, 9]);
const TIMESTAMP = 7;
const DATETIME = 12;
const BIT = 16;
const JSON_TYPE = 245;
const GEOMETRY = 255;
/** Texts and byte strings have the same types; byte strings are of this character set. */
const STRINGS = new Set([15, 249, 250, 251, 252, 253, 254]);
const BINARY = 63;

interface MysqlField {
  readonly name: string;
  readonly columnType?: number | undefined;
  readonly characterSet?: number | undefined;
}

/**
 * A column of values that come as the bytes that the server sent. `zone`: of DATETIMEs, which have
 * none; TIMESTAMPs come in UTC.
 */
export function mysqlColumn(field: MysqlField, zone: string): SqlColumn {
  const { name, columnType: type = 253 } = field;
  const json = meaningOf(field, zone);
  return {
    name,
    isInteger: INTEGERS.has(type),
    toJson: (value) => (Buffer.isBuffer(value) ? json(value) : 'null'),
    toText: (value) => (Buffer.isBuffer(value) ? value.toString('utf8') : null),
    literal: (text) => (NUMBERS.has(type) && isNumber(text) ? text : quotedText(text)),
  };
}

/** A text as MySQL reads it. The session must not have set NO_BACKSLASH_ESCAPES. */
export function quotedText(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&').replaceAll('\0', '\\0')}'`;
}

function meaningOf({ columnType: type = 253, characterSet }: MysqlField, zone: string) {
  if (NUMBERS.has(type)) return (bytes: Buffer) => numberJson(bytes.toString('latin1'));
  if (type === TIMESTAMP) return (bytes: Buffer) => timeJson(bytes, 'Z');
  if (type === DATETIME) return (bytes: Buffer) => timeJson(bytes, zone);
  if (type === BIT) return (bytes: Buffer) => BigInt(`0x0${bytes.toString('hex')}`).toString();
  if (type === JSON_TYPE) return (bytes: Buffer) => oneLineJson(bytes.toString('utf8'));
  const isBinary = type === GEOMETRY || (STRINGS.has(type) && characterSet === BINARY);
  return (bytes: Buffer) => JSON.stringify(bytes.toString(isBinary ? 'base64' : 'utf8'));
}

function timeJson(bytes: Buffer, zone: string): string {
  return JSON.stringify(timeText(bytes.toString('latin1'), zone));
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);
}
