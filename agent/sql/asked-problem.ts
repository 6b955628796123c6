import { hasDate } from './dated-text.ts';
import { namePatternProblem } from './name-pattern.ts';
import { isPattern, type TableName } from './table-pattern.ts';

interface Asked {
  /** Where the table is, and its name; an empty name: there is a query. */
  readonly table: TableName;
  readonly query: string;
  readonly keys: readonly string[];
}

/** What is wrong with what is to be read; null: nothing. */
export function askedProblem({ table: [group, table], query, keys }: Asked): string | null {
  if ((table === '') === (query === '')) return 'give a table or a query, and not both';
  if (query !== '' && isPattern(group)) return 'a pattern of databases goes with a table only';
  if (hasDate(query) && keys.length > 0)
    return 'a query with a date is read whole, without a key; give a pattern of tables instead';
  return namePatternProblem(group) ?? namePatternProblem(table);
}
