import { z } from 'zod';

const Oid = z
  .string()
  .regex(/^\.?\d+(\.\d+)+$/, { error: 'must be digits and dots, such as "1.3.6.1.2.1.1.3.0"' })
  .transform((oid) => oid.replace(/^\./, ''));

const Field = z
  .object({
    field_name: z.string().default(''),
    field_oid: Oid,
    field_oid_index_suffix: z.string().default(''),
    field_is_tag: z.boolean().default(false),
    field_conversion: z
      .string()
      .regex(/^(|int|float(\(\d+\))?|hwaddr|ipaddr)$/, {
        error: 'must be "int", "float", "float(n)", "hwaddr" or "ipaddr"',
      })
      .default(''),
  })
  .transform((field) => ({ ...field, field_name: field.field_name || field.field_oid }));
export type SnmpField = z.output<typeof Field>;

const Table = z
  .object({
    table_name: z.string().default(''),
    table_oid: Oid.optional(),
    table_fields: z.array(Field).default([]),
    table_inherit_tags: z.array(z.string()).default([]),
    table_index_tag: z.boolean().default(false),
  })
  .refine(({ table_oid, table_fields }) => table_oid !== undefined || table_fields.length > 0, {
    error: 'needs table_oid or table_fields',
  });
export type SnmpTable = z.output<typeof Table>;

export const fieldsOption = jsonList(Field);
export const tablesOption = jsonList(Table);

/** The text of a JSON list. */
function jsonList<Item extends z.ZodType>(item: Item) {
  return z
    .string()
    .default('')
    .transform((text, check): unknown => {
      try {
        return JSON.parse(text.trim() === '' ? '[]' : text);
      } catch {
        check.addIssue('must be a JSON list');
        return z.NEVER;
      }
    })
    .pipe(z.array(item));
}
