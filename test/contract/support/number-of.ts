/** The `n` of a record, of which this is the JSON text. */
export function numberOf(json: string): number {
  const record: { n?: unknown } = JSON.parse(json);
  return Number(record.n);
}
