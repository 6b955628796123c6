/** Columns as wide as they need to be; numbers are set to the right. */
export function tableText(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const columns = Object.keys(first);
  const widths = columns.map((column) =>
    rows.reduce((most, row) => Math.max(most, String(row[column] ?? '').length), column.length),
  );
  const line = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const body = rows.map((row) => line(columns.map((column) => row[column] ?? '')));
  return `${[line(columns), ...body].join('\n')}\n`;
}
