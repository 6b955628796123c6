import { z } from 'zod';
import { messageOf } from '../../../shared/kernel/errors.ts';
import { missing } from '../../records/change-each.ts';
import { type FieldPath, fieldPath, getField, hasField } from '../../records/field-path.ts';
import { GoPattern } from '../../records/patterns/go-pattern.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import type { LogRecord, Transformed } from '../plugin.ts';
import { compileExpression, type Question } from './filter/compile.ts';

const PATTERN_LENGTH_MAX = 1024;

const Text = z.string({ error: 'must be a text' }).default('');

const FilterOptions = z
  .object({
    key: Text.describe('The fields that the pattern is looked for in, parted by commas.').meta({
      example: 'level,app.message',
    }),
    mode: z
      .enum(['remove', 'keep', ''], { error: 'must be "remove" or "keep"' })
      .default('remove')
      .describe('What becomes of the records that match: all others are treated the other way.')
      .meta({ choices: ['remove', 'keep'] }),
    pattern: Text.describe(
      'A regular expression that one of the fields matches; empty: one of the fields is there.',
    ).meta({ example: 'DEBUG|TRACE' }),
    remove_pattern: Text.describe('The older spelling of pattern.').meta({ advanced: true }),
    expr: Text.describe(
      'Instead of key and pattern: an expression that is true of the records that match.',
    ).meta({ example: 'status >= 500 and not (path startsWith "/health")' }),
    stage: transformOption.stageOfRecords,
  })
  .transform((options, context) => {
    const problem = (path: string, message: string) => {
      context.addIssue({ code: 'custom', path: [path], message });
      return z.NEVER;
    };
    const { key, expr } = options;
    const source = options.remove_pattern === '' ? options.pattern : options.remove_pattern;
    const isKept = options.mode === 'keep';
    if (expr !== '') {
      if (key !== '' || source !== '') {
        return problem('expr', 'cannot go with key or pattern; write all of it as expr');
      }
      try {
        return { isKept, paths: [], matches: compileExpression(expr), lastError: '' };
      } catch (thrown) {
        return problem('expr', messageOf(thrown));
      }
    }
    const paths = key
      .split(',')
      .map(fieldPath)
      .filter((path) => path !== null);
    const [first] = paths;
    if (first === undefined)
      return problem('key', 'is required unless there is an expr, e.g. "level"');
    if (source.length > PATTERN_LENGTH_MAX) {
      return problem('pattern', `is longer than ${PATTERN_LENGTH_MAX} characters`);
    }
    try {
      return { isKept, paths, matches: fieldQuestion(paths, source), lastError: missing(first) };
    } catch (thrown) {
      return problem('pattern', `"${source}" is no regular expression: ${messageOf(thrown)}`);
    }
  });

/**
 * Keeps or removes records, by a pattern for some fields or by an expression. A record that stays
 * though it has none of the fields is counted as an error, as it was.
 */
export const filterTransform = defineTransform({
  type: 'filter',
  usage: 'Keeps or removes the records of which a pattern or an expression is true.',
  options: FilterOptions,
  open: ({ isKept, paths, matches, lastError }) => ({
    apply: (records): Transformed => {
      const left = records.filter((record) => matches(record) === isKept);
      const odd =
        paths.length === 0 || isKept
          ? 0
          : left.filter((record) => !paths.some((path) => hasField(record, path))).length;
      return {
        records: left,
        errors: odd,
        lastError: odd === 0 ? '' : lastError,
      };
    },
  }),
});

function fieldQuestion(paths: readonly FieldPath[], source: string): Question {
  const pattern = source === '' ? null : new GoPattern(source);
  return (record) =>
    paths.some(
      (path) => hasField(record, path) && (pattern === null || pattern.test(textOf(record, path))),
    );
}

function textOf(record: LogRecord, path: FieldPath): string {
  const value = getField(record, path);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
