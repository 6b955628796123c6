import { type DateParts, NamePattern, sortable } from './name-pattern.ts';

/** A table, and the database or schema that it is in. */
export type TableName = readonly [group: string, table: string];

/** Tables whose names, or those of their databases, hold a date or anything. */
export class TablePattern {
  readonly group: NamePattern;
  readonly table: NamePattern;

  constructor([group, table]: TableName) {
    this.group = new NamePattern(group);
    this.table = new NamePattern(table);
  }

  /** The date of a table, as a text whose order is that of dates; null: it does not match. */
  dateOf([group, table]: TableName): string | null {
    const ofGroup = this.group.read(group);
    const ofTable = this.table.read(table);
    return ofGroup === null || ofTable === null ? null : joined(ofGroup, ofTable);
  }

  /** Of the tables that are written to at that time. */
  dateAt(date: Date): string {
    return joined(this.group.of(date), this.table.of(date));
  }
}

export function isPattern(...names: readonly string[]): boolean {
  return names.some((name) => /\*|@\(/.test(name));
}

function joined(group: DateParts, table: DateParts): string {
  return sortable(new Map([...group, ...table]));
}
