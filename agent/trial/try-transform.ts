import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import type { LogRecord, Transform } from '../plugins/plugin.ts';

/** The field that stands for the raw line, as the parser `raw` calls it. */
const LINE_FIELD = 'raw';

/**
 * What a transform makes of records. One that is at work before the parser is shown each record's
 * `raw` as the line, and what it drops is left out, as in a runner.
 *
 * @throws AppError `invalid` when it reports an error for a record, or a record has no raw line.
 */
export function tryTransform(transform: Transform, records: readonly LogRecord[]): LogRecord[] {
  const { applyToLine } = transform;
  if (applyToLine !== undefined) {
    return records.flatMap((record) => changedLine(record, applyToLine));
  }
  const { errors, lastError, records: changed } = transform.apply([...records]);
  if (errors === 0) return changed;
  throw failed(lastError);
}

function changedLine(
  record: LogRecord,
  applyToLine: NonNullable<Transform['applyToLine']>,
): LogRecord[] {
  const given = Object.hasOwn(record, LINE_FIELD) ? record[LINE_FIELD] : undefined;
  if (typeof given !== 'string') {
    throw failed(
      'with "stage": "before_parser" it works on raw lines: ' +
        'write the sample as {"raw": "the line"}',
    );
  }
  const lineBreak = /\r?\n$/.exec(given)?.[0] ?? '';
  const line = applied(applyToLine, given.slice(0, given.length - lineBreak.length));
  return line === null ? [] : [{ ...record, [LINE_FIELD]: `${line}${lineBreak}` }];
}

function applied(applyToLine: NonNullable<Transform['applyToLine']>, line: string): string | null {
  try {
    return applyToLine(line);
  } catch (thrown) {
    throw failed(`the line ${messageOf(thrown)}`);
  }
}

function failed(why: string): AppError {
  return new AppError('invalid', `transform processing error ${why}`);
}
