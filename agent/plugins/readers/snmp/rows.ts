import { type AgentSession, type SnmpValue } from './agent-session.ts';
import { oidValue } from './oid-value.ts';
import { type SnmpField, type SnmpTable } from './tables-option.ts';

type Row = Record<string, unknown>;

/** The values of single fields, as one row; empty where there are none. */
export async function fieldsRow(session: AgentSession, fields: readonly SnmpField[]): Promise<Row> {
  const row: Row = {};
  for (const field of fields) {
    const found = await session.get(field.field_oid);
    if (found !== null) put(row, field, found);
  }
  return row;
}

/** A row for each index of a table. Without fields its columns are named by their numbers. */
export async function tableRows(
  session: AgentSession,
  table: SnmpTable,
  inherited: Readonly<Row>,
): Promise<readonly Row[]> {
  const rows = new Map<string, Row>();
  const rowOf = (index: string) => {
    const row = rows.get(index) ?? newRow(table, index, inherited);
    rows.set(index, row);
    return row;
  };
  for (const field of table.table_fields) {
    for (const found of await session.walk(field.field_oid)) {
      const index = indexOf(found.oid, field);
      if (index !== null) put(rowOf(index), field, found);
    }
  }
  if (table.table_oid !== undefined && table.table_fields.length === 0) {
    for (const found of await session.walk(table.table_oid)) {
      // <table>.<entry>.<column>.<index>
      const [, , column = '', ...index] = found.oid.slice(table.table_oid.length).split('.');
      rowOf(index.join('.'))[column] = oidValue(found.value, found.isCounter, '');
    }
  }
  return [...rows.values()];
}

function newRow(
  { table_index_tag, table_inherit_tags }: SnmpTable,
  index: string,
  inherited: Row,
): Row {
  const tags = table_inherit_tags.filter((name) => Object.hasOwn(inherited, name));
  return {
    ...Object.fromEntries(tags.map((name): [string, unknown] => [name, inherited[name]])),
    ...(table_index_tag ? { index } : {}),
  };
}

/** Null: it is of another row than this field is about. */
function indexOf(oid: string, { field_oid, field_oid_index_suffix: suffix }: SnmpField) {
  const index = oid.slice(field_oid.length + 1);
  if (suffix === '') return index;
  return index.endsWith(suffix) ? index.slice(0, -suffix.length).replace(/\.$/, '') : null;
}

function put(row: Row, field: SnmpField, { value, isCounter }: SnmpValue): void {
  const converted = oidValue(value, isCounter, field.field_conversion);
  if (converted === '') return;
  row[field.field_name] = field.field_is_tag ? String(converted) : converted;
}
