import { parseJson } from '../../shared/api/json-numbers.ts';
import type { LogRecord, Records } from '../plugins/plugin.ts';
import type { FieldEdits } from './field-edits.ts';
import { isRecord } from './is-record.ts';
import { JsonBytes } from './json-bytes.ts';
import { JsonTextRecords } from './json-text-records.ts';
import { LINE_FEED } from './lines.ts';
import { ndjsonText } from './object-records.ts';

const SPARE = 1.25;
const BREAK = Buffer.of(LINE_FEED);

export interface Edited {
  readonly records: Records;
  /** How many of them were edited as text. */
  readonly edited: number;
}

/** Edits records as text, one by one; one that takes a closer look is given to `change`. */
export function editTexts(
  records: Records,
  edits: FieldEdits,
  change: (record: LogRecord) => readonly LogRecord[],
): Edited {
  const bytes = records.ndjson();
  const json = new JsonBytes(bytes.length * SPARE);
  let edited = 0;
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, start) + 1;
    if (edits.write(bytes, start, json)) {
      json.put(BREAK);
      edited += 1;
    } else {
      const record = parseJson(bytes.toString('utf8', start, end));
      json.putText(ndjsonText(change(isRecord(record) ? record : {})));
    }
    start = end;
  }
  const { count } = records;
  records.release?.();
  const texts = { ndjson: json.result(), count, hasInexact: true };
  return { records: new JsonTextRecords({ ...texts, release: () => json.release() }), edited };
}
