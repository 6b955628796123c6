import { z } from 'zod';
import { formatRfc3339 } from '../../../shared/domain/go-time.ts';
import { messageOf } from '../../../shared/kernel/errors.ts';
import { missing, unfit } from '../../records/change-each.ts';
import {
  type FieldPath,
  fieldPath,
  getField,
  hasField,
  setField,
} from '../../records/field-path.ts';
import { momentReader } from '../../records/moments.ts';
import { withoutField } from '../../records/named-fields.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord, type Transform } from '../plugin.ts';
import { type FieldTarget, parseDsl } from './convert/dsl.ts';
import { type Convert, converterOf, type DateRules } from './convert/values.ts';

interface Conversion {
  readonly path: FieldPath;
  readonly target: FieldTarget;
}

const ConvertOptions = z.object({
  dsl: z
    .string({ error: 'is required, e.g. "size long, when date"' })
    .transform((dsl, context): readonly Conversion[] => {
      try {
        const conversions = parseDsl(dsl).map(conversionOf);
        if (conversions.length > 0) return conversions;
        context.addIssue('names no field, write e.g. "size long, when date"');
      } catch (thrown) {
        context.addIssue(messageOf(thrown));
      }
      return z.NEVER;
    })
    .describe(
      'Fields with their types, parted by commas: long, float, string, date, bool, json (a text), array(long), map{a long}; behind a type may stand what takes the place of a value that does not fit.',
    )
    .meta({ example: 'size long, when date' }),
});

/**
 * Makes values of other types of the fields that it names. A number keeps its digits, whatever a
 * double holds; of one that becomes a long the fraction is cut off. A field that does not fit stays
 * as it is, and the record is counted as an error once, whatever fields of it did not fit. An empty
 * text that should be a number, and null that should be JSON text, are removed where there is no
 * value for them.
 */
export const convertTransform = defineTransform({
  type: 'convert',
  usage: 'Makes values of other types of fields: numbers, texts, dates, lists, objects.',
  options: ConvertOptions,
  open({ dsl: conversions }, { timeLayouts, clock }) {
    const readMoment = momentReader({ layout: '', timeLayouts, nowMs: () => clock.now() });
    return transformOf(conversions, { readMoment, format: formatRfc3339 });
  },
});

/** Tries the fallback at once: one that is none of its type would never do. */
function conversionOf(target: FieldTarget): Conversion {
  const path = fieldPath(target.name);
  if (path === null) throw new Error(`"${target.name}" names no field`);
  const readMoment = momentReader({ layout: '', timeLayouts: [], nowMs: () => 0 });
  try {
    converterOf(target, { readMoment, format: formatRfc3339 });
  } catch (thrown) {
    throw new Error(`the value for "${target.name}" ${messageOf(thrown)}`, { cause: thrown });
  }
  return { path, target };
}

function transformOf(conversions: readonly Conversion[], rules: DateRules): Transform {
  const converters = conversions.map(({ path, target }) => ({
    path,
    convert: converterOf(target, rules),
  }));
  return {
    apply(records) {
      let errors = 0;
      let lastError = '';
      const converted = records.map((record) => {
        let changed = record;
        let problem: string | null = null;
        for (const { path, convert } of converters) {
          const result = convertField(changed, path, convert);
          if (typeof result === 'string') problem = result;
          else changed = result;
        }
        if (problem !== null) {
          errors += 1;
          lastError = problem;
        }
        return changed;
      });
      return { records: converted, errors, lastError };
    },
  };
}

function convertField(record: LogRecord, path: FieldPath, convert: Convert): LogRecord | string {
  if (!hasField(record, path)) return missing(path);
  try {
    const made = convert(getField(record, path));
    if (made === undefined) return withoutField(record, path);
    setField(record, path, made);
    return record;
  } catch (thrown) {
    return unfit(path, thrown);
  }
}
