import { z } from 'zod';
import { type FieldType, fieldType } from '../../../records/field-values.ts';

export interface ColumnSpec {
  readonly name: string;
  readonly type: FieldType;
}

/** Option `csv_schema`: `"id long,name string,took float,at date"`; a type's first letter will do. */
export const SchemaOption = z
  .string()
  .default('')
  .transform((text, context): readonly ColumnSpec[] => {
    const columns = new Map<string, ColumnSpec>();
    for (const part of text.split(',').map((column) => column.trim())) {
      if (part === '') continue;
      const column = columnOf(part);
      if (typeof column === 'string') context.addIssue(column);
      else if (columns.has(column.name))
        context.addIssue(`the name "${column.name}" is there twice`);
      else columns.set(column.name, column);
    }
    return [...columns.values()];
  });

/** The column, or what is wrong with its text. */
function columnOf(text: string): ColumnSpec | string {
  const [name = '', type = '', ...more] = text.split(/\s+/);
  if (/^jsonmap/i.test(type) || name.endsWith('}')) {
    return `"${text}" is a jsonmap, which is not supported yet; take string and transform it`;
  }
  const known = fieldType(type);
  if (known === undefined || more.length > 0 || name === '__proto__') {
    return `"${text}" is no column, write "name type" with type long, float, string or date`;
  }
  return { name, type: known };
}
