import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { AppError, messageOf } from '../../../shared/kernel/errors.ts';
import { readerOf, type ValueRules } from '../../records/field-values.ts';
import { guardedLineParser } from '../../records/guarded-lines.ts';
import { lineOptions } from '../../records/line-options.ts';
import { ParsedLines } from '../../records/parsed-lines.ts';
import { PatternGuard } from '../../records/patterns/pattern-guard.ts';
import { SafePattern } from '../../records/patterns/safe-pattern.ts';
import { textLines } from '../../records/text-lines.ts';
import { defineParser } from '../define.ts';
import { option } from '../option.ts';
import { type LogRecord, type Parser, type PluginContext } from '../plugin.ts';
import { AccessLines, noAccessLine } from './nginx/access-lines.ts';
import { type AccessField, byteForm } from './nginx/byte-form.ts';
import { builtInFormat, compileFormat, formatIn, type LinePattern } from './nginx/log-format.ts';
import { SchemaOption } from './nginx/schema.ts';

const CONFIGURATION_BYTES_MAX = 1024 * 1024;
const PATTERN_LENGTH_MAX = 4096;
/** A longer line is no line of an access log. */
const LINE_LENGTH_MAX = 64 * 1024;

const PatternOption = z
  .string()
  .max(PATTERN_LENGTH_MAX, `must not be longer than ${PATTERN_LENGTH_MAX} characters`)
  .default('')
  .transform((text, context): SafePattern | null => {
    if (text === '') return null;
    try {
      const pattern = new SafePattern(text);
      if (pattern.names.size > 0) return pattern;
      throw new Error(String.raw`it has no named group such as (?P<status>\d+)`);
    } catch (thrown) {
      context.addIssue(`is no pattern for lines: ${messageOf(thrown)}`);
      return z.NEVER;
    }
  });

const NginxOptions = z
  .object({
    ...lineOptions,
    nginx_log_format_name: option
      .text('')
      .describe('The log_format of this name; empty: combined, which needs no file.'),
    nginx_log_format_path: option
      .text('')
      .describe('The configuration of nginx that has the format.')
      .meta({ example: '/etc/nginx/nginx.conf' }),
    nginx_log_format_regex: PatternOption.describe(
      'Instead of the format: a regular expression whose named groups are the fields.',
    ),
    nginx_schema: SchemaOption.describe(
      'Types of fields, e.g. "time_local date,bytes_sent long"; all others are strings.',
    ),
  })
  .superRefine((options, context) => {
    const { nginx_log_format_name: name, nginx_log_format_path: path } = options;
    if (path !== '' || options.nginx_log_format_regex !== null || builtInFormat(name) !== null)
      return;
    context.addIssue({
      code: 'custom',
      path: ['nginx_log_format_path'],
      message: `is required for the format "${name}", e.g. "/etc/nginx/nginx.conf"`,
    });
  });
type NginxOptions = z.output<typeof NginxOptions>;

/** A line of an access log is one record; its fields are the variables of its `log_format`. */
export const nginxParser = defineParser({
  type: 'nginx',
  usage: 'A line of an access log; its fields are the variables of its log_format.',
  sampleLog:
    '110.110.101.101 - - [21/Mar/2017:18:14:17 +0800] "GET /files/yyyysx HTTP/1.1" 206 607 "-" "Apache-HttpClient/4.4.1"\n',
  options: NginxOptions,
  readPaths: (options) => (needsFile(options) ? [options.nginx_log_format_path] : []),
  open,
});

function open(options: NginxOptions, context: PluginContext): Parser {
  const rules = {
    timezoneOffsetHours: 0,
    timeLayouts: context.timeLayouts,
    nowMs: () => context.clock.now(),
  };
  const { nginx_log_format_regex: own } = options;
  if (own !== null) return openPattern(own, options, { context, rules });
  const { names, split, between } = patternOf(options);
  const fields = names.map((name) => fieldOf(name, options, rules));
  const recordOfLine = (line: string): LogRecord | null => {
    const values = line.length > LINE_LENGTH_MAX ? null : split(line);
    return values && recordOf(fields, values);
  };
  const form = byteForm(between, fields, options);

  return {
    makesText: form !== null,
    parse(batch, wanted) {
      if (form !== null && wanted === 'ndjson') {
        return new AccessLines(batch, { form, options, recordOf: recordOfLine }).parsed();
      }
      const lines = textLines(batch);
      const parsed = new ParsedLines(lines, options);
      for (const [index, line] of lines.texts.entries()) {
        const record = recordOfLine(line);
        if (record === null) parsed.fail(index, noAccessLine(line));
        else parsed.succeed(index, [record]);
      }
      return parsed.parsed();
    },
  };
}

/** A pattern of the user: whatever it is, no line keeps the agent for long. */
function openPattern(
  pattern: SafePattern,
  options: NginxOptions,
  { context, rules }: { readonly context: PluginContext; readonly rules: ValueRules },
): Parser {
  const names = [...pattern.names].toSorted(([, a], [, b]) => a - b);
  const fields = names.map(([name]) => fieldOf(name, options, rules));
  const guard = new PatternGuard(() => {
    context.log.warn('nginx_log_format_regex takes too long on some lines: it matches slowly now');
  });
  return guardedLineParser({
    ...{ guard, options, failure: 'nginx line does not match its format' },
    recordOf(line, engine) {
      const groups = engine === 'native' ? pattern.nativeMatch(line) : pattern.linearMatch(line);
      return (
        groups &&
        recordOf(
          fields,
          names.map(([, index]) => groups[index] ?? ''),
        )
      );
    },
  });
}

function recordOf(fields: readonly AccessField[], values: readonly string[]): LogRecord {
  const record: LogRecord = {};
  for (const [index, { name, read }] of fields.entries()) {
    const value = read((values[index] ?? '').trim());
    if (value !== undefined) record[name] = value;
  }
  return record;
}

/** What nginx has no value for is `-`: 0 as a number. A value of another type is left out, as it was. */
function fieldOf(name: string, options: NginxOptions, rules: ValueRules): AccessField {
  const type = options.nginx_schema.get(name) ?? 'string';
  const read = readerOf(type, rules);
  if (type === 'string') return { name, isText: true, read };
  const isNumber = type === 'long' || type === 'float';
  return {
    ...{ name, isText: false },
    read(text) {
      if (isNumber && text === '-') return 0;
      try {
        return read(text);
      } catch {
        return undefined;
      }
    },
  };
}

function needsFile(options: NginxOptions): boolean {
  return options.nginx_log_format_regex === null && options.nginx_log_format_path !== '';
}

/** @throws AppError `not_found` or `invalid`, which never quotes the file. */
function patternOf(options: NginxOptions): LinePattern {
  const { nginx_log_format_name: given, nginx_log_format_path: path } = options;
  const name = given === '' ? 'combined' : given;
  const format = (path === '' ? null : formatIn(textOf(path), name)) ?? builtInFormat(given);
  if (format === null) {
    throw new AppError('invalid', `parser nginx: ${path} has no log_format "${name}"`);
  }
  try {
    return compileFormat(format);
  } catch (thrown) {
    throw new AppError(
      'invalid',
      `parser nginx: log_format "${name}" cannot be used: ${messageOf(thrown)}; ` +
        'give a pattern as nginx_log_format_regex',
      { cause: thrown },
    );
  }
}

function textOf(path: string): string {
  try {
    const { size } = statSync(path);
    if (size <= CONFIGURATION_BYTES_MAX) return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('not_found', `parser nginx: cannot read ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
  throw new AppError(
    'invalid',
    `parser nginx: ${path} is larger than ${CONFIGURATION_BYTES_MAX} bytes`,
  );
}
