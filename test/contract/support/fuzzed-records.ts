import fc from 'fast-check';
import type { LogRecord } from '../../../agent/plugins/plugin.ts';
import { isRecord } from '../../../agent/records/is-record.ts';
import { parseJson } from '../../../shared/api/json-numbers.ts';

const NAMES = ['a', 'b', 'c', 'z', 'a.b', '', '0', 'é', 'q"uote', 'toString', 'constructor'];
/** What transforms look for, and what is nearly that. */
const TEXTS = [
  ...['', 'x', 'x,x', '1', '-1', '1e999', '12345678901234567890', '2024-01-02T03:04:05Z'],
  ...['{"x":1}', '[1,{"x":"y"}]', '{"x":', 'x=1 y="z"', 'x=', '<a x="1"><b>1</b></a>', '<a>', '<'],
  ...['http://x/?x=1&y=%', '%', '%41', 'me@example.com', '10.0.0.1', '::1', '4111111111111111'],
  ...['/var/log/pods/ns_pod_uid/name/0.log', 'Mozilla/5.0 (X11; Linux) Firefox/1', '\0', '\ud800'],
];
/** Of a number that a double does not hold the digits. */
const NUMBERS = ['12345678901234567890', '0.12345678901234567890123', '1e400', '-0'];

const scalar = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(true, false, null),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, scalar, tie('list'), tie('object')),
  list: fc.array(tie('any'), { maxLength: 3 }),
  object: fc.dictionary(fc.constantFrom(...NAMES), tie('any'), { maxKeys: 3 }),
})).any;

/** The JSON text of a record: what a transform is given is parsed, so that its numbers keep their digits. */
const text = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 5 }).chain((record) =>
  fc.option(fc.constantFrom(...NUMBERS), { freq: 3 }).map((number) => {
    const json = JSON.stringify(record);
    if (number === null) return json;
    return json === '{}' ? `{"a":${number}}` : `{"a":${number},${json.slice(1)}`;
  }),
);

/** JSON texts of records of any shape; see `recordsIn`. */
export const fuzzedRecords = fc.array(text, { maxLength: 6 });

/** Fresh records each time. */
export function recordsIn(texts: readonly string[]): LogRecord[] {
  return texts.map(parseJson).filter(isRecord);
}
