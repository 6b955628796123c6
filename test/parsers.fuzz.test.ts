import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PARSERS } from '../agent/plugins/parsers/catalog.ts';
import type { SourceBatch } from '../agent/plugins/plugin.ts';
import { lineEnd } from '../agent/records/lines.ts';
import { isBlankText, lineText } from '../agent/records/text-lines.ts';
import { RecordLines } from '../agent/runner/units.ts';
import { batchOf, pluginContext } from './support/plugin-context.ts';

/** What a parser cannot do without, and what makes it do more. */
const OPTIONS: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  csv: [
    { csv_schema: 'a long,b string,c date,d jsonmap', csv_splitter: ',' },
    { csv_schema: 'a string,b float', csv_splitter: ',', csv_contain_splitter_key: 'a' },
  ],
  grok: [
    { grok_patterns: '%{COMMON_LOG_FORMAT},%{SYSLOGLINE},%{WORD:w} %{NUMBER:n:float}' },
    { grok_patterns: '(?<x>.*) (?<y>.*)=(?<z>.*)', grok_mode: 'multi' },
  ],
  nginx: [{}, { nginx_log_format_regex: '(?P<a>[^ ]*) (?P<b>.*)', nginx_schema: 'a long' }],
  KV: [{ splitter: '::' }],
  syslog: [{}, { syslog_rfc: 'rfc3164' }, { syslog_rfc: 'rfc6587', rfc3164_parse_year: 'true' }],
};
const COMMON: readonly Readonly<Record<string, string>>[] = [
  {},
  { disable_record_errdata: 'true' },
  { keep_raw_data: 'true', labels: 'team shop', errdata_field: 'bad' },
];

const SAMPLES = PARSERS.flatMap(({ sampleLog }) => sampleLog.split('\n'));
const PIECES = ['=', '"', '\\"', ' ', ',', '{', '}', '[', ']', '<34>', '1 ', ':', "'", '::', '\r'];

/** Bytes of any kind, of the kinds that parsers look for, and of lines that they parse. */
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(...PIECES, '__proto__', '9007199254740993', '日', '\u00a0')
    .map((text) => Buffer.from(text)),
  fc.constantFrom(...SAMPLES).map((text) => Buffer.from(text)),
  fc
    .constantFrom(...SAMPLES)
    .chain((text) => fc.nat(text.length).map((end) => Buffer.from(text.slice(0, end)))),
  fc.constant(Buffer.from('\n')),
);
const bytes = fc
  .array(piece, { maxLength: 30 })
  .map((pieces) => Buffer.concat([...pieces, Buffer.from('\n')]));

/** Whole lines, each ended by a line feed, or by `ends`, which leave some of them joined. */
const batch = fc
  .tuple(bytes, fc.array(fc.boolean(), { maxLength: 40 }), fc.boolean())
  .map(([content, joins, isJoined]): SourceBatch => {
    const given = { ...batchOf(''), bytes: content };
    const ends: number[] = [];
    for (let start = 0, index = 0; start < content.length; index += 1) {
      start = lineEnd({ bytes: content, ends: null }, index, start);
      if (!isJoined || joins[index] !== true || start === content.length) ends.push(start);
    }
    return { ...given, lines: ends.length, ends: isJoined ? Uint32Array.from(ends) : null };
  });

/** Lines that are more than blanks; to the parser raw, only those of ASCII are blanks. */
function filledLines(given: SourceBatch, type: string): number {
  let count = 0;
  for (let start = 0, index = 0; start < given.bytes.length; index += 1) {
    const end = lineEnd(given, index, start);
    const text = lineText(given.bytes, start, end);
    if (type === 'raw' ? /[^\t-\r ]/.test(text) : !isBlankText(text)) count += 1;
    start = end;
  }
  return count;
}

const CASES = PARSERS.flatMap((plugin) =>
  (OPTIONS[plugin.type] ?? [{}]).map((options) => ({ type: plugin.type, plugin, options })),
);

describe.each(CASES)('the parser $type with $options', ({ type, plugin, options }) => {
  it('takes any bytes, counts every line, and makes the same records in either form', () => {
    const hasHeader = type === 'csv' && options['csv_schema'] === undefined;
    fc.assert(
      fc.property(batch, fc.constantFrom(...COMMON), (given, common) => {
        const open = () => plugin.configure({ ...options, ...common }).open(pluginContext());
        const [text, objects] = [open().parse(given, 'ndjson'), open().parse(given, 'objects')];

        expect(text.success + text.errors).toBe(filledLines(given, type) - (hasHeader ? 1 : 0));
        expect({ ...text, records: null }).toEqual({ ...objects, records: null });
        const { delivered, filtered, parseErrors } = new RecordLines(text).units(given);
        expect(delivered + filtered + parseErrors).toBe(given.lines);
        expect(Math.min(delivered, filtered, parseErrors)).toBeGreaterThanOrEqual(0);
        const lines = text.records.ndjson().toString().split('\n').slice(0, -1);
        expect(lines.length).toBe(text.records.count);
        expect(lines.map((line) => typeof JSON.parse(line))).toEqual(lines.map(() => 'object'));
        expect(objects.records.count).toBe(text.records.count);
      }),
      { numRuns: 60 },
    );
  });
});
