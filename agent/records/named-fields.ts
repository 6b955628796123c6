import type { LogRecord } from '../plugins/plugin.ts';
import { deleteField, type FieldPath, makeHolder } from './field-path.ts';
import { isRecord } from './is-record.ts';
import { setField as setNamed } from './set-field.ts';
import { splitField } from './split-field.ts';

/** Sets a field, or, where there is one of its name already, the first of its numbered names. */
export function putBeside(
  holder: LogRecord,
  name: string,
  { value, separator, from }: { value: unknown; separator: string; from: number },
): void {
  let free = name;
  for (let number = from; Object.hasOwn(holder, free); number += 1) {
    free = `${name}${separator}${number}`;
  }
  setNamed(holder, free, value);
}

/** The object at a path, made where there is none; null: something else is in the way. */
export function makeObject(record: LogRecord, path: FieldPath): LogRecord | null {
  return makeHolder(record, [...path, '']);
}

/** The record without a field; at the top it is another object, which stays fast. */
export function withoutField(record: LogRecord, path: FieldPath): LogRecord {
  if (path.length > 1) {
    deleteField(record, path);
    return record;
  }
  return Object.hasOwn(record, path[0]) ? splitField(record, path[0])[1] : record;
}

/** A copy that shares no object or list with the value. */
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isRecord(value)) return value;
  const copy: LogRecord = {};
  for (const [name, inner] of Object.entries(value)) setNamed(copy, name, copyOf(inner));
  return copy;
}
