import type { LogRecord, Transformed } from '../plugins/plugin.ts';

/**
 * Keeps the records that `keep` says, by themselves and their places. A text says why it could not
 * tell: such a record is counted and kept.
 */
export function keepEach(
  records: readonly LogRecord[],
  keep: (record: LogRecord, place: number) => boolean | string,
): Transformed {
  let errors = 0;
  let lastError = '';
  const kept = records.filter((record, place) => {
    const verdict = keep(record, place);
    if (typeof verdict === 'boolean') return verdict;
    errors += 1;
    lastError = verdict;
    return true;
  });
  return { records: kept, errors, lastError };
}
