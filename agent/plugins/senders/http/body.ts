import { csvLine } from '../../../records/csv-text.ts';
import { jsonArray } from '../../../records/json-array.ts';
import type { JsonTemplate } from '../../../records/json-template.ts';
import type { LogRecord, Records } from '../../plugin.ts';

/** Marks that a page of HTML would take for its own, and two line breaks of JavaScript, in latin1. */
const UNSAFE = /[<>&]|\xe2\x80[\xa8\xa9]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\xe2\x80\xa8': '\\u2028',
  '\xe2\x80\xa9': '\\u2029',
};

export interface BodyOptions {
  readonly http_sender_protocol: 'json' | 'body_json' | 'csv' | 'raw';
  readonly http_sender_template: JsonTemplate | null;
  readonly http_sender_escape_html: boolean;
  readonly http_sender_csv_split: string;
  readonly http_sender_csv_head: boolean;
}

/** Where it can be, the batch's own bytes: they are not used again before the client is done with them. */
export function bodyOf(records: Records, options: BodyOptions): Buffer {
  switch (options.http_sender_protocol) {
    case 'json':
      return texts(records, options).subarray(0, -1);
    case 'body_json':
      return jsonArray(texts(records, options));
    case 'csv':
      return Buffer.from(csvOf(records.objects(), options));
    case 'raw':
      return records.raw();
  }
}

function texts(records: Records, options: BodyOptions): Buffer {
  const { http_sender_template: template, http_sender_escape_html: isSafe } = options;
  const ndjson =
    template === null
      ? records.ndjson()
      : Buffer.from(
          records
            .objects()
            .map((record) => `${template(record)}\n`)
            .join(''),
        );
  if (!isSafe) return ndjson;
  const text = ndjson.toString('latin1');
  const safe = text.replace(UNSAFE, (mark) => ESCAPES[mark] ?? mark);
  return safe === text ? ndjson : Buffer.from(safe, 'latin1');
}

/** A line a record; the columns are all fields of the batch, in the order in which they come up. */
function csvOf(records: readonly LogRecord[], options: BodyOptions): string {
  const { http_sender_csv_split: delimiter, http_sender_csv_head: hasHead } = options;
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const lines = records.map((record) => {
    const values = columns.map((name) => (Object.hasOwn(record, name) ? record[name] : undefined));
    return csvLine(values, delimiter);
  });
  return [...(hasHead ? [csvLine(columns, delimiter)] : []), ...lines].join('\n');
}
