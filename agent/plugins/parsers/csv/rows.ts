import { parse } from 'csv-parse/sync';

/** How the fields of a line are told apart. */
export interface Dialect {
  readonly splitter: string;
  /** Off: a quotation mark is a character like any other. */
  readonly quotes: boolean;
  /** A quotation mark inside of a field that does not begin with one is part of it. */
  readonly isLax: boolean;
}

/** The fields of one line, or why it has none. */
export type Row = readonly string[] | Error;

/**
 * The fields of each line. A line stands for itself: a field in quotes never spans two, and a line
 * that is broken spoils no other.
 */
export function rowsOf(lines: readonly string[], dialect: Dialect): readonly Row[] {
  const { splitter, quotes } = dialect;
  if (!quotes || !lines.some((line) => line.includes('"'))) {
    return lines.map((line) => line.split(splitter));
  }
  const rows = quotedRows(lines.join('\n'), dialect);
  // Fewer rows than lines: an open quote has swallowed the lines after it.
  if (!(rows instanceof Error) && rows.length === lines.length) return rows;
  return lines.map((line) => {
    const row = quotedRows(line, dialect);
    return row instanceof Error ? row : (row[0] ?? []);
  });
}

function quotedRows(text: string, { splitter, isLax }: Dialect): string[][] | Error {
  try {
    return parse(text, {
      delimiter: splitter,
      record_delimiter: '\n',
      relax_column_count: true,
      relax_quotes: isLax,
    });
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}
