import { messageOf } from '../../shared/kernel/errors.ts';
import type { LogRecord, Parsed, Parser } from '../plugins/plugin.ts';
import type { LineOptions } from './line-options.ts';
import { excerpt, ParsedLines } from './parsed-lines.ts';
import { textLines } from './text-lines.ts';

/**
 * A parser that makes records of each line by itself. `recordsOf` throws an Error that says why a
 * line does not parse; `what` names the kind of line for it.
 */
export function lineParser(
  what: string,
  options: LineOptions,
  recordsOf: (line: string) => readonly LogRecord[],
): Parser {
  return {
    parse(batch): Parsed {
      const lines = textLines(batch);
      const parsed = new ParsedLines(lines, options);
      for (const [index, line] of lines.texts.entries()) {
        try {
          parsed.succeed(index, recordsOf(line));
        } catch (thrown) {
          parsed.fail(index, lineError(what, line, thrown));
        }
      }
      return parsed.parsed();
    },
  };
}

export function lineError(what: string, line: string, thrown: unknown): string {
  return `parse ${what} line error ${messageOf(thrown)}, raw data is: ${excerpt(line)}`;
}
