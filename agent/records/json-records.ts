import { parseJson } from '../../shared/api/json-numbers.ts';
import type { LogRecord } from '../plugins/plugin.ts';
import { isRecord } from './is-record.ts';
import { NESTING_LEVELS_MAX } from './json-scan.ts';

/**
 * The records that a line of JSON makes: an object one, an array of objects several.
 *
 * @throws Error that says why it makes none.
 */
export function jsonRecords(line: string): readonly LogRecord[] {
  const value = parseJson(line);
  if (isTooDeep(line, value)) {
    throw new Error(`it is nested deeper than ${NESTING_LEVELS_MAX} levels`);
  }
  if (isRecord(value)) return [value];
  if (!Array.isArray(value)) throw new Error('it is neither an object nor an array of objects');
  const records = value.filter(isRecord);
  if (records.length === 0) throw new Error('the array holds no object');
  if (records.length < value.length) throw new Error('the array holds something but objects');
  return records;
}

/** Whether a value, parsed of this text, has more levels than whoever works on it may take. */
export function isTooDeep(text: string, value: unknown): boolean {
  // A level takes two characters at least, so a short text cannot be too deep.
  return text.length > 2 * NESTING_LEVELS_MAX && isDeeperThan(value, NESTING_LEVELS_MAX);
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
