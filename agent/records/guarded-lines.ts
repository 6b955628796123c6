import type { LogRecord, Parsed, Parser } from '../plugins/plugin.ts';
import { JsonBytes } from './json-bytes.ts';
import { JsonTextRecords } from './json-text-records.ts';
import { LineOf } from './line-of.ts';
import {
  excerpt,
  failedRecord,
  type LineOptions,
  ParsedLines,
  withLineRules,
} from './parsed-lines.ts';
import type { Engine, PatternGuard } from './patterns/pattern-guard.ts';
import { type TextLines, textLines } from './text-lines.ts';

/** A longer line is not matched: even an engine of linear time would be at it for long. */
const LINE_LENGTH_MAX = 64 * 1024;
/** So many texts are joined at a time. */
const BLOCK_LINES = 256;

export interface GuardedLineRules {
  readonly guard: PatternGuard;
  readonly options: LineOptions;
  /** By the given engine; null: the line does not match. May be stopped anywhere. */
  readonly recordOf: (line: string, engine: Engine) => LogRecord | null;
  /** What is said of a line that does not match. */
  readonly failure: string;
}

/** A parser of lines by patterns of a user, each line by itself, none of which may take too long. */
export function guardedLineParser(rules: GuardedLineRules): Parser {
  return {
    makesText: true,
    parse(batch, wanted) {
      const lines = textLines(batch);
      return wanted === 'ndjson' ? asText(lines, rules) : asObjects(lines, rules);
    },
  };
}

function asObjects(lines: TextLines, rules: GuardedLineRules): Parsed {
  const records = matched(lines, rules, (record) => record);
  const parsed = new ParsedLines(lines, rules.options);
  for (const [index, record] of records.entries()) {
    if (record === null) parsed.fail(index, failureOf(lines.texts[index] ?? '', rules));
    else parsed.succeed(index, [record]);
  }
  return parsed.parsed();
}

/** Each record becomes text as soon as it is there, so that it can go. */
function asText(lines: TextLines, rules: GuardedLineRules): Parsed {
  const { options } = rules;
  const texts = matched(lines, rules, (record, line) =>
    textOf(withLineRules(record, line, options)),
  );
  const lineOf = new LineOf();
  let errors = 0;
  let lastError = '';
  for (const [index, text] of texts.entries()) {
    const line = lines.texts[index] ?? '';
    const sent = text ?? failedText(line, options);
    if (text === null) {
      errors += 1;
      lastError = failureOf(line, rules);
      texts[index] = sent;
    }
    if (sent !== null) lineOf.add(lines.lineOf?.[index] ?? index);
  }
  const json = jsonOf(texts);
  return {
    records: new JsonTextRecords({
      ...{ ndjson: json.result(), count: lineOf.count, hasInexact: true },
      release: () => json.release(),
    }),
    ...{ success: texts.length - errors, errors, dropped: texts.length - lineOf.count },
    ...{ lastError, lineOf: lineOf.lines },
  };
}

function failedText(line: string, options: LineOptions): string | null {
  const record = failedRecord(line, options);
  return record && textOf(record);
}

/** What `made` makes of the record of each line; null for one that does not match. */
function matched<Made>(
  { texts }: TextLines,
  { guard, recordOf }: GuardedLineRules,
  made: (record: LogRecord, line: string) => Made,
): (Made | null)[] {
  const results: (Made | null)[] = texts.map(() => null);
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  guard.each({ count: texts.length, characters }, (index, engine) => {
    const line = texts[index] ?? '';
    const record = line.length > LINE_LENGTH_MAX ? null : recordOf(line, engine);
    // Written whole or not at all, so that a call that is stopped can be made again.
    results[index] = record && made(record, line);
  });
  return results;
}

function failureOf(line: string, { failure }: GuardedLineRules): string {
  return `${failure}, raw data is: ${excerpt(line)}`;
}

function textOf(record: LogRecord): string {
  return `${JSON.stringify(record)}\n`;
}

function jsonOf(texts: readonly (string | null)[]): JsonBytes {
  const length = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  const json = new JsonBytes(length);
  for (let from = 0; from < texts.length; from += BLOCK_LINES) {
    json.putText(texts.slice(from, from + BLOCK_LINES).join(''));
  }
  return json;
}
