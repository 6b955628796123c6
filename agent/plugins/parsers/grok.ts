import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { AppError, messageOf } from '../../../shared/kernel/errors.ts';
import type { ValueRules } from '../../records/field-values.ts';
import { guardedLineParser } from '../../records/guarded-lines.ts';
import { lineOptions } from '../../records/line-options.ts';
import { type Engine, PatternGuard } from '../../records/patterns/pattern-guard.ts';
import { SafePattern } from '../../records/patterns/safe-pattern.ts';
import { defineParser } from '../define.ts';
import { option } from '../option.ts';
import type { LogRecord, Parser, PluginContext } from '../plugin.ts';
import { expandGrok, patternList } from './grok/expand.ts';
import { type Library, libraryWith } from './grok/library.ts';
import { groupReader } from './grok/read-fields.ts';

const FILE_BYTES_MAX = 1024 * 1024;
const PATTERNS_MAX = 64;

const GrokOptions = z.object({
  grok_patterns: option
    .required('%{COMMON_LOG_FORMAT}')
    .transform(patternList)
    .refine(({ length }) => length > 0 && length <= PATTERNS_MAX, {
      error: `must be 1 to ${PATTERNS_MAX} patterns`,
    })
    .describe(
      'Patterns of lines, of which the first counts that matches: "%{NAME:field:type} ...", with ' +
        'types long, float, date, string and drop; parted by commas, a comma itself is "\\,".',
    ),
  grok_mode: option
    .choice(['oneline', 'multi'])
    .describe('"multi": the line breaks of an event are blanks for the patterns.'),
  grok_custom_patterns: option
    .text('')
    .describe('Patterns of your own, "NAME pattern" a line; they may have each other in them.'),
  grok_custom_pattern_files: option
    .list()
    .describe('Files of such patterns, parted by commas.')
    .meta({ advanced: true }),
  timezone_offset: option
    .int(0, { min: -24, max: 24 })
    .describe('Hours that are added to dates.')
    .meta({ advanced: true }),
  ...lineOptions,
});
type GrokOptions = z.output<typeof GrokOptions>;

/**
 * A line is taken apart by patterns that are made of named ones. They are those of RE2: without
 * look-around and references back. However bad a pattern and a line are for each other, the line is
 * matched, in bounded time.
 */
export const grokParser = defineParser({
  type: 'grok',
  usage: 'A line is taken apart by patterns, such as %{IP:client} %{NUMBER:took:float}.',
  sampleLog:
    '110.110.101.101 - - [21/Mar/2017:18:14:17 +0800] "GET /files/yyyysx HTTP/1.1" 206 607 "-" "Apache-HttpClient/4.4.1"\n',
  options: GrokOptions,
  readPaths: ({ grok_custom_pattern_files: paths }) => paths,
  open,
});

/** A pattern made ready: the record of a line by it, or null. */
type Match = (line: string, engine: Engine) => LogRecord | null;

function open(options: GrokOptions, context: PluginContext): Parser {
  const rules = {
    timezoneOffsetHours: options.timezone_offset,
    timeLayouts: context.timeLayouts,
    nowMs: () => context.clock.now(),
  };
  const library = libraryOf(options);
  const matches = options.grok_patterns.map((pattern) => matchOf(pattern, library, rules));
  const guard = new PatternGuard(() => {
    const { grok_patterns: patterns } = options;
    context.log.warn(
      { patterns },
      'grok patterns take too long on some lines: they match slowly now',
    );
  });
  const isMulti = options.grok_mode === 'multi';
  return guardedLineParser({
    ...{ guard, options, failure: 'no grok pattern matches' },
    recordOf(given, engine) {
      const line = isMulti ? given.replaceAll('\n', ' ') : given;
      for (const match of matches) {
        const record = match(line, engine);
        if (record !== null) return record;
      }
      return null;
    },
  });
}

/** @throws AppError `invalid` that names the pattern, and what is wrong with it. */
function matchOf(text: string, library: Library, rules: ValueRules): Match {
  try {
    const { source, fields } = expandGrok(text, library);
    if (fields.length === 0) throw new Error('it has no field, such as %{WORD:name}');
    const pattern = new SafePattern(source);
    const read = groupReader(fields, rules);
    return (line, engine) => {
      const groups = engine === 'native' ? pattern.nativeMatch(line) : pattern.linearMatch(line);
      return groups && read(groups);
    };
  } catch (thrown) {
    throw new AppError('invalid', `parser grok: the pattern "${text}": ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

/** @throws AppError `not_found`, or `invalid`, which quotes no more than a line of a file. */
function libraryOf(options: GrokOptions): Library {
  const files = options.grok_custom_pattern_files.map(textOf);
  try {
    return libraryWith([...files, options.grok_custom_patterns]);
  } catch (thrown) {
    throw new AppError('invalid', `parser grok: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function textOf(path: string): string {
  try {
    const { size } = statSync(path);
    if (size <= FILE_BYTES_MAX) return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('not_found', `parser grok: cannot read ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
  throw new AppError('invalid', `parser grok: ${path} is larger than ${FILE_BYTES_MAX} bytes`);
}
