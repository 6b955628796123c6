import { z } from 'zod';
import { parseJson } from '../../../shared/api/json-numbers.ts';
import { messageOf } from '../../../shared/kernel/errors.ts';
import { excerpt, lineOptions, ParsedLines, textLines } from '../../records/parsed-lines.ts';
import { defineParser, type LogRecord } from '../plugin.ts';

/** Deeper ones would exhaust the stack of whoever works on them. */
const NESTING_LEVELS_MAX = 512;

/** A line is one JSON object, or an array of them; its numbers keep the digits they are written with. */
export const jsonParser = defineParser({
  type: 'json',
  options: z.object(lineOptions),
  open: (options) => ({
    parse(batch) {
      const lines = new ParsedLines(options);
      for (const line of textLines(batch.bytes)) {
        try {
          lines.succeed(line, recordsOf(line));
        } catch (thrown) {
          lines.fail(
            line,
            `parse json line error ${messageOf(thrown)}, raw data is: ${excerpt(line)}`,
          );
        }
      }
      return lines.parsed();
    },
  }),
});

function recordsOf(line: string): LogRecord[] {
  const value = parseJson(line);
  // A level takes two characters at least, so a short line cannot be too deep.
  if (line.length > 2 * NESTING_LEVELS_MAX && isDeeperThan(value, NESTING_LEVELS_MAX)) {
    throw new Error(`it is nested deeper than ${NESTING_LEVELS_MAX} levels`);
  }
  if (isRecord(value)) return [value];
  if (!Array.isArray(value)) throw new Error('it is neither an object nor an array of objects');
  const records = value.filter(isRecord);
  if (records.length === 0) throw new Error('the array holds no object');
  if (records.length < value.length) throw new Error('the array holds something but objects');
  return records;
}

function isRecord(value: unknown): value is LogRecord {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
  );
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
