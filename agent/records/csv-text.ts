/** A record as a line of CSV (RFC 4180), without its line break. */
export function csvLine(values: readonly unknown[], delimiter: string): string {
  const fields = values.map((value) => csvField(valueText(value), delimiter));
  // A line of one empty field would be a blank line, which readers leave out.
  return fields.length === 1 && fields[0] === '' ? '""' : fields.join(delimiter);
}

/** What stands in a column: a text as it is, nothing for what is not there, JSON for the rest. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return JSON.stringify(value);
}

function csvField(text: string, delimiter: string): string {
  const isPlain = !/["\r\n]/.test(text) && !text.includes(delimiter);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}
