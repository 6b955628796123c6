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
}

/** @throws Error that says which field does not fit, and why. */
export function recordOf(
  fields: readonly string[],
  columns: readonly Column[],
  rules: RowRules,
): LogRecord {
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

function readInto(record: LogRecord, column: Column, text: string, rules: RowRules): void {
  try {
    record[column.name] = column.read(text);
  } catch (thrown) {
    if (rules.ignoreInvalid) return;
    const { name, type } = column;
    throw new Error(
      `schema [${name}] type [${type}] value [${excerpt(text)}] detail: ${messageOf(thrown)}`,
      { cause: thrown },
    );
  }
}
