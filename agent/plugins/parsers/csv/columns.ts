import { readerOf, type ValueRules } from '../../../records/field-values.ts';
import type { LogRecord } from '../../plugin.ts';
import { jsonMapReader } from './json-map.ts';
import type { ColumnSpec } from './schema.ts';

export interface Column {
  readonly name: string;
  readonly type: ColumnSpec['type'];
  /** Puts what a text says into a record. Throws an Error that says why it does not fit. */
  readonly put: (record: LogRecord, text: string) => void;
}

export interface ColumnRules extends ValueRules {
  /** `-` in names becomes `_`. */
  readonly autoRename: boolean;
}

export function schemaColumns(specs: readonly ColumnSpec[], rules: ColumnRules): Column[] {
  return specs.map((spec) => {
    const { type } = spec;
    const name = fieldName(spec.name, rules);
    if (type !== 'jsonmap') return valueColumn(name, type, rules);
    const rename = (text: string) => fieldName(text, rules);
    return { name, type, put: jsonMapReader(spec, rename, rules) };
  });
}

/**
 * The columns that a header line names, all of them text. A name that is missing or there already
 * gets a number, so that no column hides another.
 */
export function headerColumns(names: readonly string[], rules: ColumnRules): Column[] {
  const taken = new Set(['', '__proto__']);
  return names.map((text, index) => {
    const name = fieldName(text.trim(), rules);
    const free = taken.has(name) ? `${name}_${index}` : name;
    taken.add(free);
    return valueColumn(free, 'string', rules);
  });
}

export function fieldName(name: string, { autoRename }: Pick<ColumnRules, 'autoRename'>): string {
  return autoRename ? name.replaceAll('-', '_') : name;
}

function valueColumn(
  name: string,
  type: Exclude<ColumnSpec['type'], 'jsonmap'>,
  rules: ColumnRules,
): Column {
  const read = readerOf(type, rules);
  return {
    ...{ name, type },
    put(record, text) {
      record[name] = read(text);
    },
  };
}
