import { messageOf } from '../../shared/kernel/errors.ts';
import type { LogRecord, Transformed } from '../plugins/plugin.ts';
import { type FieldPath, getField, hasField, setField } from './field-path.ts';

/**
 * Changes each record in place. `change` returns what kept it from doing so, or null; such a record
 * is counted and goes on unchanged.
 */
export function changeEach(
  records: LogRecord[],
  change: (record: LogRecord) => string | null,
): Transformed {
  let errors = 0;
  let lastError = '';
  for (const record of records) {
    const problem = change(record);
    if (problem === null) continue;
    errors += 1;
    lastError = problem;
  }
  return { records, errors, lastError };
}

/** The same, where `change` may put another record in its place; a text says what kept it from it. */
export function replaceEach(
  records: readonly LogRecord[],
  change: (record: LogRecord) => LogRecord | string,
): Transformed {
  let errors = 0;
  let lastError = '';
  const changed = records.map((record) => {
    const made = change(record);
    if (typeof made !== 'string') return made;
    errors += 1;
    lastError = made;
    return record;
  });
  return { records: changed, errors, lastError };
}

/** Where a value is taken from and where what is made of it goes, over whatever is there. */
export interface FieldChange {
  readonly key: FieldPath;
  readonly target: FieldPath;
}

/**
 * Puts what `make` makes of a field's value into the target field. It throws an Error whose message
 * goes on from the field's name: "is no date".
 */
export function changeField(
  records: LogRecord[],
  { key, target }: FieldChange,
  make: (value: unknown) => unknown,
): Transformed {
  return changeEach(records, (record) => {
    if (!hasField(record, key)) return missing(key);
    let made: unknown;
    try {
      made = make(getField(record, key));
    } catch (thrown) {
      return unfit(key, thrown);
    }
    return setField(record, target, made) ? null : cannotSet(target);
  });
}

/** The same of fields that hold text. */
export function changeText(
  records: LogRecord[],
  change: FieldChange,
  make: (text: string) => unknown,
): Transformed {
  return changeField(records, change, (value) => make(textOf(value)));
}

/** @throws Error when the value is no text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error('data type is not string');
}

/** The original's words for a field that a record does not have. */
export function missing(key: FieldPath): string {
  return `transform key ${key.join('.')} not exist in data`;
}

/** Why a field's value cannot be worked with. */
export function unfit(key: FieldPath, thrown: unknown): string {
  return `transform key ${key.join('.')} ${messageOf(thrown)}`;
}

export function cannotSet(key: FieldPath): string {
  return `transform key ${key.join('.')} cannot be set: a part of it is no object`;
}
