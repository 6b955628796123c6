import { recordTimeNs } from '../../../records/record-time.ts';
import type { LogRecord } from '../../plugin.ts';

export interface LogDataOptions {
  /** Fields, each empty where there is none. */
  readonly body: string;
  readonly severity: string;
  readonly timestamp: string;
  readonly traceId: string;
  readonly spanId: string;
}

/** As the JSON encoding of OTLP has it: numbers of 64 bits are texts. */
type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }
  | Record<string, never>;

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** What an entry is besides what is in its record. */
interface Entry {
  /** The same when the record is sent again. */
  readonly uid: string;
  readonly observedNs: bigint;
}

const INT64_MAX = 2n ** 63n - 1n;
const INTEGER = /^-?\d{1,19}$/;
/** Hexadecimal digits. */
const TRACE_ID_LENGTH = 32;
const SPAN_ID_LENGTH = 16;
const HEX = /^[0-9a-f]+$/i;
/** The first number of each range of the data model, by the beginnings of names and of syslog's. */
const SEVERITIES: readonly (readonly [RegExp, number])[] = [
  [/^trace/i, 1],
  [/^(debug|dbg)/i, 5],
  [/^info/i, 9],
  [/^notice/i, 10],
  [/^warn/i, 13],
  [/^err/i, 17],
  [/^(crit|alert)/i, 18],
  [/^(fatal|emerg|panic)/i, 21],
];

/**
 * A record as a LogRecord of OTLP. The field of the body is its body, other known fields are where
 * they belong, and the rest are attributes; without a body of its own the whole record is the body.
 */
export function logData(record: LogRecord, { uid, observedNs }: Entry, options: LogDataOptions) {
  const timeNs = recordTimeNs(record[options.timestamp]);
  const hasBody = options.body !== '' && Object.hasOwn(record, options.body);
  const taken = new Set([options.body, ...knownFields(record, options)]);
  const attributes = hasBody ? keyValues(record, (name) => !taken.has(name)) : [];
  return {
    ...(timeNs !== null && { timeUnixNano: String(timeNs) }),
    observedTimeUnixNano: String(observedNs),
    ...severityOf(record, options.severity),
    body: anyValue(hasBody ? record[options.body] : record),
    attributes: [...attributes, { key: 'log.record.uid', value: { stringValue: uid } }],
    ...idOf('traceId', record[options.traceId]),
    ...idOf('spanId', record[options.spanId]),
  };
}

/** Texts, numbers, lists and objects as values of OTLP; an integer that does not fit is a text. */
export function anyValue(value: unknown): AnyValue {
  if (typeof value === 'string') return { stringValue: value.toWellFormed() };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return numberValue(JSON.stringify(value));
  if (JSON.isRawJSON(value)) return numberValue(JSON.stringify(value));
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value !== 'object' || value === null) return {};
  return { kvlistValue: { values: keyValues(Object.fromEntries(Object.entries(value))) } };
}

export function keyValues(record: LogRecord, isWanted = (_name: string) => true): KeyValue[] {
  return Object.entries(record)
    .filter(([name]) => isWanted(name))
    .map(([key, value]) => ({ key: key.toWellFormed(), value: anyValue(value) }));
}

function numberValue(digits: string): AnyValue {
  if (INTEGER.test(digits)) {
    const number = BigInt(digits);
    if (number <= INT64_MAX && number >= -INT64_MAX) return { intValue: String(number) };
    return { stringValue: digits };
  }
  const number = Number(digits);
  return Number.isFinite(number) && digits.length <= 17
    ? { doubleValue: number }
    : { stringValue: digits };
}

/** Fields that stand somewhere else than among the attributes, if they can be read. */
function knownFields(record: LogRecord, options: LogDataOptions): string[] {
  const { timestamp, severity, traceId, spanId } = options;
  return [
    ...(recordTimeNs(record[timestamp]) === null ? [] : [timestamp]),
    ...(typeof record[severity] === 'string' ? [severity] : []),
    ...(idOf('traceId', record[traceId]) === null ? [] : [traceId]),
    ...(idOf('spanId', record[spanId]) === null ? [] : [spanId]),
  ];
}

function severityOf(record: LogRecord, field: string) {
  const text = record[field];
  if (typeof text !== 'string') return {};
  const [, severityNumber] = SEVERITIES.find(([name]) => name.test(text.trim())) ?? [];
  return { severityText: text, ...(severityNumber !== undefined && { severityNumber }) };
}

function idOf(name: 'traceId' | 'spanId', value: unknown): Record<string, string> | null {
  const length = name === 'traceId' ? TRACE_ID_LENGTH : SPAN_ID_LENGTH;
  if (typeof value !== 'string' || value.length !== length || !HEX.test(value)) return null;
  return { [name]: value.toLowerCase() };
}
