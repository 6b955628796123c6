import type { LogRecord, RecordForm, Records } from '../plugins/plugin.ts';
import { JsonBytes } from './json-bytes.ts';
import { JsonTextRecords } from './json-text-records.ts';
import { ndjsonText, ObjectRecords } from './object-records.ts';

/** Records that come part by part, and leave together. */
export interface Gathering {
  add(records: readonly LogRecord[]): void;
  result(): Records;
}

/** `expected`: how many bytes of NDJSON they will be about. */
export function gathering(form: RecordForm, expected: number): Gathering {
  return form === 'ndjson' ? asText(expected) : asObjects();
}

/** Made text at once, so that the objects can go. */
function asText(expected: number): Gathering {
  const json = new JsonBytes(expected);
  let count = 0;
  return {
    add(records) {
      json.putText(ndjsonText(records));
      count += records.length;
    },
    // A number may have been written with all its digits.
    result: () =>
      new JsonTextRecords({
        ...{ ndjson: json.result(), count, hasInexact: true },
        release: () => json.release(),
      }),
  };
}

function asObjects(): Gathering {
  const all: LogRecord[] = [];
  return {
    add(records) {
      for (const record of records) all.push(record);
    },
    result: () => new ObjectRecords(all),
  };
}
