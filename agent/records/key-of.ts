import { hash } from 'node:crypto';
import type { LogRecord } from '../plugins/plugin.ts';
import { missing } from './change-each.ts';
import { type FieldPath, getField, hasField } from './field-path.ts';

/** A longer key is kept as its digest. */
const LENGTH_MAX = 64;

/** What tells records apart by these fields, numbers by their digits; or which of them is missing. */
export function keyOf(
  record: LogRecord,
  paths: readonly FieldPath[],
): { readonly key: string } | { readonly problem: string } {
  const values: unknown[] = [];
  for (const path of paths) {
    if (!hasField(record, path)) return { problem: missing(path) };
    values.push(getField(record, path));
  }
  const text = JSON.stringify(values);
  return { key: text.length > LENGTH_MAX ? hash('sha256', text, 'base64url') : text };
}
