import { z } from 'zod';
import { type FieldType, fieldType } from '../../../records/field-values.ts';

export interface ColumnSpec {
  readonly name: string;
  readonly type: FieldType | 'jsonmap';
  /** Of a jsonmap: the types of members; those that are not named stay as they are. */
  readonly members: ReadonlyMap<string, FieldType>;
  /** Of a jsonmap: members that are not named are kept, too. */
  readonly keepsRest: boolean;
}

/**
 * Option `csv_schema`: `"id long,name string,took float,at date,more jsonmap{a long,...}"`; a
 * type's first letter will do.
 */
export const SchemaOption = z
  .string()
  .default('')
  .transform((text, context): readonly ColumnSpec[] => {
    const columns = new Map<string, ColumnSpec>();
    for (const part of partsOf(text)) {
      const column = columnOf(part);
      if (typeof column === 'string') context.addIssue(column);
      else if (columns.has(column.name))
        context.addIssue(`the name "${column.name}" is there twice`);
      else columns.set(column.name, column);
    }
    return [...columns.values()];
  });

/** What commas part, but for those in braces. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (character !== ',' || depth > 0) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const JSON_MAP = /^(\S+)\s+jsonmap\s*(?:\{([^{}]*)\})?$/i;
const REST = '...';
const NO_MEMBERS = { members: new Map<string, FieldType>(), keepsRest: false };

/** The column, or what is wrong with its text. */
function columnOf(text: string): ColumnSpec | string {
  const [, map, members] = JSON_MAP.exec(text) ?? [];
  if (map !== undefined && map !== '__proto__') return jsonMap(map, members);
  const [name = '', type = '', ...more] = text.split(/\s+/);
  const known = fieldType(type);
  if (known === undefined || more.length > 0 || name === '__proto__') {
    return `"${text}" is no column, write "name type" with type long, float, string, date or jsonmap`;
  }
  return { name, type: known, ...NO_MEMBERS };
}

function jsonMap(name: string, inside: string | undefined): ColumnSpec | string {
  if (inside === undefined) return { name, type: 'jsonmap', ...NO_MEMBERS, keepsRest: true };
  const members = new Map<string, FieldType>();
  let keepsRest = false;
  for (const part of inside.split(',').map((each) => each.trim())) {
    const isLast = part.endsWith(REST);
    keepsRest ||= isLast;
    const member = isLast ? part.slice(0, -REST.length).trim() : part;
    const [key = '', type = '', ...more] = member.split(/\s+/);
    if (key === '') continue;
    const known = fieldType(type);
    if (known === undefined || more.length > 0) {
      return `"${member}" of the jsonmap "${name}" is no member, write "name type"`;
    }
    members.set(key, known);
  }
  return { name, type: 'jsonmap', members, keepsRest };
}
