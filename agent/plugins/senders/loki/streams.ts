import { recordTimeNs } from '../../../records/record-time.ts';
import type { LogRecord } from '../../plugin.ts';

type LabelSet = Readonly<Record<string, string>>;

export interface StreamOptions {
  /** On every stream. */
  readonly labels: LabelSet;
  /** Fields that become labels, each with the name of its label. */
  readonly labelFields: readonly (readonly [field: string, label: string])[];
  /** Sets of labels that may be opened; what is beyond them goes to the stream without fields. */
  readonly streamsMax: number;
  /** The field that is the line; empty: the whole record as JSON is. */
  readonly lineField: string;
  /** The field with the time; empty: there is none. */
  readonly timeField: string;
}

export interface LokiStream {
  readonly stream: LabelSet;
  readonly values: readonly (readonly [ns: string, line: string])[];
}

interface Entry {
  readonly ns: bigint;
  readonly line: string;
}

const NS_A_MS = 1_000_000n;
const LABEL_LENGTH_MAX = 1_024;

/** Sorts records into streams, of which there are never more than may be. */
export class Streams {
  readonly #options: StreamOptions;
  /** By the JSON text of its labels. */
  readonly #known = new Map<string, LabelSet>();

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /**
   * Each stream in the order of time. Loki takes entries of one time and one text in a stream for
   * one; where a time is told in whole milliseconds, `shiftNs` and the place of the record keep such
   * entries apart, in their order, and always in the same way. `ownNs` is the time of a record that
   * has none.
   */
  of(records: readonly LogRecord[], { ownNs, shiftNs }: Times): LokiStream[] {
    const entries = new Map<LabelSet, Entry[]>();
    records.forEach((record, index) => {
      const labels = this.#labelsOf(record);
      const place = BigInt(index);
      const found = recordTimeNs(record[this.#options.timeField]);
      const timeNs = found ?? ownNs;
      const ns = timeNs % NS_A_MS === 0n ? timeNs + shiftNs + place : timeNs;
      const entry = { ns, line: this.#lineOf(record) };
      const stream = entries.get(labels);
      if (stream === undefined) entries.set(labels, [entry]);
      else stream.push(entry);
    });
    return [...entries].map(([stream, all]) => ({ stream, values: inOrder(all) }));
  }

  #labelsOf(record: LogRecord): LabelSet {
    const { labels, labelFields, streamsMax } = this.#options;
    const own = labelFields.flatMap(([field, label]): [string, string][] => {
      const value = Object.hasOwn(record, field) ? record[field] : undefined;
      if (value === undefined || value === null || value === '') return [];
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return [[label, text.slice(0, LABEL_LENGTH_MAX).toWellFormed()]];
    });
    const name = JSON.stringify(own);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (own.length > 0 && this.#known.size >= streamsMax) return labels;
    const all = own.length === 0 ? labels : { ...labels, ...Object.fromEntries(own) };
    this.#known.set(name, all);
    return all;
  }

  #lineOf(record: LogRecord): string {
    const { lineField } = this.#options;
    const value = lineField === '' ? undefined : record[lineField];
    if (typeof value === 'string') return value.replace(/\r?\n$/, '');
    return JSON.stringify(value ?? record);
  }
}

export interface Times {
  readonly ownNs: bigint;
  /** Less than half a millisecond. */
  readonly shiftNs: bigint;
}

function inOrder(entries: Entry[]): LokiStream['values'] {
  const sorted = entries.toSorted((a, b) => Number(a.ns > b.ns) - Number(a.ns < b.ns));
  return sorted.map(({ ns, line }) => [String(ns), line]);
}
