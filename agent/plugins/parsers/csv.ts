import { z } from 'zod';
import { lineOptions } from '../../records/line-options.ts';
import { lineError } from '../../records/line-parser.ts';
import { ParsedLines } from '../../records/parsed-lines.ts';
import { textLines } from '../../records/text-lines.ts';
import { defineParser } from '../define.ts';
import { option } from '../option.ts';
import { type Parser, type PluginContext } from '../plugin.ts';
import { fieldName, schemaColumns } from './csv/columns.ts';
import { Headers } from './csv/header.ts';
import { recordOf } from './csv/records.ts';
import { rowsOf } from './csv/rows.ts';
import { SchemaOption } from './csv/schema.ts';

const CsvFields = z.object({
  csv_schema: SchemaOption.describe(
    'Names and types of the columns: "name string,age long,score float,at date,more jsonmap"; ' +
      'empty: the first line of each source names them.',
  ).meta({ example: 'abc string,xyz long,data1 float,data2 date' }),
  csv_splitter: z
    .string()
    .min(1, 'must not be empty, e.g. ","')
    .default('\t')
    .describe('What parts the fields.'),
  csv_auto_rename: option
    .flag(false)
    .describe('Turns "-" in the names of columns into "_".')
    .meta({ advanced: true }),
  csv_allow_no_match: option
    .flag(false)
    .describe('Takes lines of fewer or more fields than there are columns.')
    .meta({ advanced: true }),
  csv_ignore_invalid: option
    .flag(false)
    .describe('Leaves out a field that is not of its type, and sends the rest.')
    .meta({ advanced: true }),
  csv_allow_more: option
    .text('')
    .describe('Fields beyond the columns are called by this name and a number.')
    .meta({ advanced: true }),
  csv_more_start_number: option
    .int(0, { min: 0, max: 1_000_000 })
    .describe('The number of the first of those fields.')
    .meta({ advanced: true }),
  csv_ignore_quote_in_filed: option
    .flag(false)
    .describe('Takes a quotation mark for a character like any other.')
    .meta({ advanced: true }),
  csv_contain_splitter_key: option
    .text('')
    .describe('The one column whose text may hold what parts the fields.')
    .meta({ advanced: true }),
  timezone_offset: option
    .int(0, { min: -24, max: 24 })
    .describe('Hours that are added to dates.')
    .meta({ advanced: true }),
  ...lineOptions,
});
const CsvOptions = CsvFields.superRefine((options, context) => {
  const { csv_schema: schema, csv_contain_splitter_key: key } = options;
  if (key === '' || schema.length === 0 || schema.some(({ name }) => name === key)) return;
  const path = ['csv_contain_splitter_key'];
  context.addIssue({ code: 'custom', path, message: `"${key}" is no column of csv_schema` });
});

/** A line is one record: its fields, told apart by `csv_splitter`, under the names of the columns. */
export const csvParser = defineParser({
  type: 'csv',
  usage: 'A line is one record: its fields, told apart by a text, under the names of the columns.',
  sampleLog: 'a\t42\n',
  options: CsvOptions,
  open,
});

function open(options: z.output<typeof CsvFields>, context: PluginContext): Parser {
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
    splitter: options.csv_splitter,
  };
  const dialect = {
    splitter: options.csv_splitter,
    quotes: !options.csv_ignore_quote_in_filed,
    isLax: options.csv_schema.some(({ type }) => type === 'jsonmap'),
  };
  const open = fieldName(options.csv_contain_splitter_key, columnRules);
  const schema = schemaColumns(options.csv_schema, columnRules);
  const headers = schema.length === 0 ? new Headers(dialect, columnRules) : null;

  return {
    parse(batch) {
      const lines = textLines(batch);
      const { texts } = lines;
      const header = headers?.of(batch.firstLine, texts);
      const { columns, lines: first } = header ?? { columns: schema, lines: 0 };
      const openColumn = open === '' ? -1 : columns.findIndex(({ name }) => name === open);
      const rules = { ...rowRules, openColumn };
      const parsed = new ParsedLines(lines, options, header?.text);
      for (const [row, fields] of rowsOf(texts.slice(first), dialect).entries()) {
        const index = first + row;
        try {
          if (fields instanceof Error) throw fields;
          parsed.succeed(index, [recordOf(fields, columns, rules)]);
        } catch (thrown) {
          parsed.fail(index, lineError('csv', texts[index] ?? '', thrown));
        }
      }
      return parsed.parsed();
    },
  };
}
