import type { LogRecord, Transformed } from '../plugins/plugin.ts';

/**
 * Changes each record in place. `change` returns what kept it from doing so, or null; such a record
 * is counted and goes on unchanged.
 */
export function changeEach(
  records: LogRecord[],
  change: (record: LogRecord) => string | null,
): Transformed {
  let errors = 0;
  let lastError = '';
  for (const record of records) {
    const problem = change(record);
    if (problem === null) continue;
    errors += 1;
    lastError = problem;
  }
  return { records, errors, lastError };
}

/** The original's words for a field that a record does not have. */
export function missing(key: readonly string[]): string {
  return `transform key ${key.join('.')} not exist in data`;
}
