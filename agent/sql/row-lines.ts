import type { SqlColumn, SqlRows } from './sql-session.ts';

/** The JSON line of each row, with its line feed. */
export function rowLines({ columns, rows }: SqlRows): string[] {
  const parts = columns.map(
    ({ name }, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`,
  );
  return rows.map((row) => lineOf(row, columns, parts));
}

function lineOf(row: readonly unknown[], columns: readonly SqlColumn[], parts: string[]): string {
  let line = '';
  for (let index = 0; index < columns.length; index += 1) {
    line += parts[index] ?? '';
    line += columns[index]?.toJson(row[index]) ?? 'null';
  }
  return line === '' ? '{}\n' : `${line}}\n`;
}
