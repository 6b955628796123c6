import type { LogRecord } from '../plugins/plugin.ts';
import { isRecord } from './is-record.ts';

/** A field, perhaps nested: the names on the way to it. Never empty. */
export type FieldPath = readonly [string, ...string[]];

/** The path that `"a.b.c"` or `"a b c"` means; null when it names no field. */
export function fieldPath(key: string): FieldPath | null {
  const [first, ...rest] = key.split(/[.\s]+/).filter((name) => name !== '');
  if (first === undefined || first === '__proto__' || rest.includes('__proto__')) return null;
  return [first, ...rest];
}

export function hasField(record: LogRecord, path: FieldPath): boolean {
  const [holder, name] = holderOf(record, path);
  return holder !== null && Object.hasOwn(holder, name);
}

/** Undefined when there is no such field. */
export function getField(record: LogRecord, path: FieldPath): unknown {
  const [holder, name] = holderOf(record, path);
  return holder !== null && Object.hasOwn(holder, name) ? holder[name] : undefined;
}

/** Sets the field, making the objects around it; false when something else is in the way. */
export function setField(record: LogRecord, path: FieldPath, value: unknown): boolean {
  const holder = makeHolder(record, path);
  if (holder === null) return false;
  holder[lastName(path)] = value;
  return true;
}

/** The object that a field stands in, made where there is none; null: something else is in the way. */
export function makeHolder(record: LogRecord, path: FieldPath): LogRecord | null {
  let holder = record;
  for (const name of path.slice(0, -1)) {
    if (!Object.hasOwn(holder, name)) holder[name] = {};
    const inner = holder[name];
    if (!isRecord(inner)) return null;
    holder = inner;
  }
  return holder;
}

/** The last of the names of a path. */
export function lastName(path: FieldPath): string {
  return path[path.length - 1] ?? path[0];
}

export function deleteField(record: LogRecord, path: FieldPath): void {
  const [holder, name] = holderOf(record, path);
  if (holder !== null) Reflect.deleteProperty(holder, name);
}

/** The object that the last name of the path stands in; null when the way there ends before. */
function holderOf(record: LogRecord, path: FieldPath): [LogRecord | null, string] {
  let holder = record;
  for (let index = 0; index < path.length - 1; index += 1) {
    const name = path[index] ?? '';
    const inner = Object.hasOwn(holder, name) ? holder[name] : undefined;
    if (!isRecord(inner)) return [null, name];
    holder = inner;
  }
  return [holder, lastName(path)];
}
