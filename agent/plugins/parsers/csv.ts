import { z } from 'zod';
import { messageOf } from '../../../shared/kernel/errors.ts';
import { excerpt, lineOptions, ParsedLines, textLines } from '../../records/parsed-lines.ts';
import { defineParser, option, type Parser, type PluginContext } from '../plugin.ts';
import { schemaColumns } from './csv/columns.ts';
import { Headers } from './csv/header.ts';
import { recordOf } from './csv/records.ts';
import { rowsOf } from './csv/rows.ts';
import { SchemaOption } from './csv/schema.ts';

const CsvOptions = z.object({
  ...lineOptions,
  /** Empty: the first line of each source names the columns. */
  csv_schema: SchemaOption,
  csv_splitter: z.string().min(1, 'must not be empty, e.g. ","').default('\t'),
  csv_auto_rename: option.flag(false),
  csv_allow_no_match: option.flag(false),
  csv_ignore_invalid: option.flag(false),
  csv_allow_more: option.text(''),
  csv_more_start_number: option.int(0, { min: 0, max: 1_000_000 }),
  csv_ignore_quote_in_filed: option.flag(false),
  csv_contain_splitter_key: z
    .literal('', { error: 'is not supported yet; put the field in quotes instead' })
    .optional(),
  timezone_offset: option.int(0, { min: -24, max: 24 }),
});

/** A line is one record: its fields, told apart by `csv_splitter`, under the names of the columns. */
export const csvParser = defineParser({ type: 'csv', options: CsvOptions, open });

function open(options: z.output<typeof CsvOptions>, context: PluginContext): Parser {
  const columnRules = {
    autoRename: options.csv_auto_rename,
    timezoneOffsetHours: options.timezone_offset,
    timeLayouts: context.timeLayouts,
    nowMs: () => context.clock.now(),
  };
  const rowRules = {
    allowNoMatch: options.csv_allow_no_match || options.csv_allow_more !== '',
    surplusName: options.csv_allow_more,
    surplusStart: options.csv_more_start_number,
    ignoreInvalid: options.csv_ignore_invalid,
  };
  const dialect = { splitter: options.csv_splitter, quotes: !options.csv_ignore_quote_in_filed };
  const schema = schemaColumns(options.csv_schema, columnRules);
  const headers = schema.length === 0 ? new Headers(dialect, columnRules) : null;

  return {
    parse({ firstLine, bytes }) {
      const all = textLines(bytes);
      const [columns, lines] = headers?.apply(firstLine, all) ?? [schema, all];
      const parsed = new ParsedLines(options);
      for (const [index, row] of rowsOf(lines, dialect).entries()) {
        const line = lines[index] ?? '';
        try {
          if (row instanceof Error) throw row;
          parsed.succeed(line, [recordOf(row, columns, rowRules)]);
        } catch (thrown) {
          parsed.fail(
            line,
            `parse csv line error ${messageOf(thrown)}, raw data is: ${excerpt(line)}`,
          );
        }
      }
      return parsed.parsed();
    },
  };
}
