import { parseJson } from '../../../../shared/api/json-numbers.ts';
import { type ReadField, readerOf, type ValueRules } from '../../../records/field-values.ts';
import { isRecord } from '../../../records/is-record.ts';
import { setField } from '../../../records/set-field.ts';
import type { LogRecord } from '../../plugin.ts';
import type { ColumnSpec } from './schema.ts';

/** Reads a JSON object: its member `a` becomes the field `<column>-a`, of the type that is asked. */
export function jsonMapReader(
  { name, members, keepsRest }: ColumnSpec,
  rename: (field: string) => string,
  rules: ValueRules,
): (record: LogRecord, text: string) => void {
  const readers = new Map<string, ReadField>();
  for (const [key, type] of members) readers.set(key, readerOf(type, rules));
  return (record, text) => {
    if (text === '') return;
    const map = parseJson(text);
    if (!isRecord(map)) throw new Error('it is no JSON object');
    for (const [key, value] of Object.entries(map)) {
      const read = readers.get(key);
      if (value === null || (read === undefined && !keepsRest)) continue;
      setField(record, rename(`${name}-${key}`), read === undefined ? value : read(asText(value)));
    }
  };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
