import { type ReadField, readerOf, type ValueRules } from '../../../records/field-values.ts';
import type { ColumnSpec } from './schema.ts';

export interface Column extends ColumnSpec {
  readonly read: ReadField;
}

export interface ColumnRules extends ValueRules {
  /** `-` in names becomes `_`. */
  readonly autoRename: boolean;
}

export function schemaColumns(specs: readonly ColumnSpec[], rules: ColumnRules): Column[] {
  return specs.map(({ name, type }) => ({
    name: fieldName(name, rules),
    type,
    read: readerOf(type, rules),
  }));
}

/**
 * The columns that a header line names, all of them text. A name that is missing or there already
 * gets a number, so that no column hides another.
 */
export function headerColumns(names: readonly string[], rules: ColumnRules): Column[] {
  const taken = new Set(['', '__proto__']);
  const read = readerOf('string', rules);
  return names.map((text, index) => {
    const name = fieldName(text.trim(), rules);
    const free = taken.has(name) ? `${name}_${index}` : name;
    taken.add(free);
    return { name: free, type: 'string', read };
  });
}

function fieldName(name: string, { autoRename }: ColumnRules): string {
  return autoRename ? name.replaceAll('-', '_') : name;
}
