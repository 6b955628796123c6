import type { LogRecord, Parser } from '../plugins/plugin.ts';
import type { LineOptions } from './line-options.ts';
import { excerpt, ParsedLines } from './parsed-lines.ts';
import type { Engine, PatternGuard } from './patterns/pattern-guard.ts';
import { type TextLines, textLines } from './text-lines.ts';

/** A longer line is not matched: even an engine of linear time would be at it for long. */
const LINE_LENGTH_MAX = 64 * 1024;

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
    parse(batch) {
      const lines = textLines(batch);
      const parsed = new ParsedLines(lines, rules.options);
      for (const [index, record] of matched(lines, rules).entries()) {
        if (record === null) parsed.fail(index, failureOf(lines.texts[index] ?? '', rules));
        else parsed.succeed(index, [record]);
      }
      return parsed.parsed();
    },
  };
}

/** The record of each line; null for one that does not match. */
function matched(
  { texts }: TextLines,
  { guard, recordOf }: GuardedLineRules,
): (LogRecord | null)[] {
  const records: (LogRecord | null)[] = texts.map(() => null);
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  guard.each({ count: texts.length, characters }, (index, engine) => {
    const line = texts[index] ?? '';
    records[index] = line.length > LINE_LENGTH_MAX ? null : recordOf(line, engine);
  });
  return records;
}

function failureOf(line: string, { failure }: GuardedLineRules): string {
  return `${failure}, raw data is: ${excerpt(line)}`;
}
