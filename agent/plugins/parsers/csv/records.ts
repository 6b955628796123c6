import { messageOf } from '../../../../shared/kernel/errors.ts';
import { excerpt } from '../../../records/parsed-lines.ts';
import type { LogRecord } from '../../plugin.ts';
import type { Column } from './columns.ts';

/** What to do with a line that does not fit its columns. */
export interface RowRules {
  /** A line may have fewer or more fields than there are columns. */
  readonly allowNoMatch: boolean;
  /** Surplus fields are kept under this name and a number; empty: they are dropped. */
  readonly surplusName: string;
  readonly surplusStart: number;
  /** A field that does not fit its type is left out; otherwise its line fails. */
  readonly ignoreInvalid: boolean;
  /** The column whose text may hold what parts the fields: surplus ones are its; -1: none is. */
  readonly openColumn: number;
  readonly splitter: string;
}

/** @throws Error that says which field does not fit, and why. */
export function recordOf(
  parts: readonly string[],
  columns: readonly Column[],
  rules: RowRules,
): LogRecord {
  const fields = rejoined(parts, columns.length, rules);
  if (fields.length !== columns.length && !rules.allowNoMatch) {
    throw new Error(
      `schema length not match: schema length ${columns.length}, actual column length ${fields.length}`,
    );
  }
  const record: LogRecord = {};
  for (const [index, field] of fields.entries()) {
    const text = field.trim();
    const column = columns[index];
    if (column !== undefined) {
      readInto(record, column, text, rules);
    } else if (rules.surplusName !== '') {
      record[`${rules.surplusName}${rules.surplusStart + index - columns.length}`] = text;
    }
  }
  return record;
}

/** Fields that belong to the open column, put together again. */
function rejoined(
  parts: readonly string[],
  columns: number,
  { openColumn: open, splitter }: RowRules,
): readonly string[] {
  const surplus = parts.length - columns;
  if (open < 0 || surplus <= 0) return parts;
  const text = parts.slice(open, open + surplus + 1).join(splitter);
  return [...parts.slice(0, open), text, ...parts.slice(open + surplus + 1)];
}

function readInto(record: LogRecord, column: Column, text: string, rules: RowRules): void {
  try {
    column.put(record, text);
  } catch (thrown) {
    if (rules.ignoreInvalid) return;
    const { name, type } = column;
    throw new Error(
      `schema [${name}] type [${type}] value [${excerpt(text)}] detail: ${messageOf(thrown)}`,
      { cause: thrown },
    );
  }
}
