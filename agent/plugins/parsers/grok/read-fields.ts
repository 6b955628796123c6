import { type ReadField, readerOf, type ValueRules } from '../../../records/field-values.ts';
import type { Groups } from '../../../records/patterns/safe-pattern.ts';
import { setField } from '../../../records/set-field.ts';
import type { LogRecord } from '../../plugin.ts';
import type { GrokField } from './expand.ts';

/** What is made of the groups of a match; null: nothing that is worth a record. */
export type ReadGroups = (groups: NonNullable<Groups>) => LogRecord | null;

/**
 * Of fields of one name the first that is not empty counts. A value that is not of its type is left
 * out, as it was.
 */
export function groupReader(fields: readonly GrokField[], rules: ValueRules): ReadGroups {
  const readers = fields.map(({ name, type }) => ({ name, read: fieldReader(type, rules) }));
  const isTwice = new Set(fields.map(({ name }) => name)).size < fields.length;
  return (groups) => {
    const record: LogRecord = {};
    let count = 0;
    for (let index = 0; index < readers.length; index += 1) {
      const reader = readers[index];
      const text = groups[index + 1];
      if (reader === undefined || text === undefined || text === null || text === '') continue;
      if (isTwice && Object.hasOwn(record, reader.name)) continue;
      const value = reader.read(text);
      if (value === undefined) continue;
      setField(record, reader.name, value);
      count += 1;
    }
    return count > 0 ? record : null;
  };
}

const QUOTE = 0x22;

function fieldReader(type: GrokField['type'], rules: ValueRules): ReadField {
  if (type === 'drop') return () => undefined;
  if (type === 'string') return bareText;
  const read = type === 'date' ? remembering(readerOf(type, rules)) : readerOf(type, rules);
  return (text) => {
    try {
      return read(text.trim());
    } catch {
      return undefined;
    }
  };
}

/** Without white space and the quotes around it. */
function bareText(text: string): string {
  const last = text.length - 1;
  if (text.charCodeAt(0) !== QUOTE || text.charCodeAt(last) !== QUOTE) return text.trim();
  return withoutQuotes(text).trim();
}

/** Lines that follow each other mostly are of one second, and dates take long to be read. */
function remembering(read: ReadField): ReadField {
  let last: { readonly text: string; readonly value: unknown } | null = null;
  return (text) => {
    if (last?.text === text) return last.value;
    const value = read(text);
    // An empty date is now, which is another each time.
    if (text !== '') last = { text, value };
    return value;
  };
}

function withoutQuotes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) === QUOTE) start += 1;
  while (end > start && text.charCodeAt(end - 1) === QUOTE) end -= 1;
  return text.slice(start, end);
}
