import { z } from 'zod';
import { type FieldType, fieldType } from '../../../records/field-values.ts';

/** Option `nginx_schema`: `"time_local date,status long"`; fields that it does not name are texts. */
export const SchemaOption = z
  .string()
  .default('')
  .transform((text, context): ReadonlyMap<string, FieldType> => {
    const types = new Map<string, FieldType>();
    for (const part of text.split(',').map((field) => field.trim())) {
      if (part === '') continue;
      const [name = '', typeName = '', ...more] = part.split(/[\s:]+/);
      const type = fieldType(typeName);
      if (type !== undefined && more.length === 0) types.set(name, type);
      else
        context.addIssue(
          `"${part}" is no field, write "name type" with long, float, date or string`,
        );
    }
    return types;
  });
