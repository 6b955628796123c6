import { z } from 'zod';
import { parseJson } from '../../../shared/api/json-numbers.ts';
import { cannotSet, missing, replaceEach, textOf, unfit } from '../../records/change-each.ts';
import {
  type FieldPath,
  getField,
  hasField,
  makeHolder,
  setField,
} from '../../records/field-path.ts';
import { isRecord } from '../../records/is-record.ts';
import { isTooDeep } from '../../records/json-records.ts';
import { NESTING_LEVELS_MAX } from '../../records/json-scan.ts';
import { withoutField } from '../../records/named-fields.ts';
import { setField as setNamed } from '../../records/set-field.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord } from '../plugin.ts';

const JsonOptions = z
  .object({
    key: transformOption.key('payload'),
    new: transformOption.target.describe(
      'Where the value goes; nowhere said: in place of the text.',
    ),
    discard_key: transformOption.flag.describe('Removes the text.').meta({ advanced: true }),
    extract: transformOption.flag
      .describe('Puts the fields of the object where the object would go.')
      .meta({ advanced: true }),
  })
  .transform(({ key, new: target = key, discard_key: discards, extract }) => ({
    ...{ key, target, extract },
    discards: discards && (extract || target.join('.') !== key.join('.')),
  }));

/**
 * Makes a value of JSON that is the text of a field. Numbers keep their digits. An empty text goes
 * on as it is. Fields that are extracted take the places of those that are there.
 */
export const jsonTransform = defineTransform({
  type: 'json',
  usage: 'Makes a value, an object above all, of JSON that is the text of a field.',
  options: JsonOptions,
  open: (options) => ({
    apply: (records) => replaceEach(records, (record) => expand(record, options)),
  }),
});

interface Expansion {
  readonly key: FieldPath;
  readonly target: FieldPath;
  readonly extract: boolean;
  readonly discards: boolean;
}

function expand(record: LogRecord, options: Expansion): LogRecord | string {
  const { key, target, extract, discards } = options;
  if (!hasField(record, key)) return missing(key);
  let value: unknown;
  try {
    const text = textOf(getField(record, key)).trim();
    if (text === '') return record;
    value = parseJson(text);
    if (isTooDeep(text, value))
      return unfit(key, `is nested deeper than ${NESTING_LEVELS_MAX} levels`);
    if (extract && !isRecord(value)) return unfit(key, 'is no JSON object');
  } catch (thrown) {
    return unfit(key, thrown);
  }
  if (makeHolder(record, target) === null) return cannotSet(target);
  // First, for a field that is extracted may have the name of the text.
  const rest = discards ? withoutField(record, key) : record;
  if (extract) extractInto(rest, target, value);
  else setField(rest, target, value);
  return rest;
}

function extractInto(record: LogRecord, target: FieldPath, value: unknown): void {
  const holder = makeHolder(record, target);
  if (holder === null || !isRecord(value)) return;
  for (const [name, inner] of Object.entries(value)) setNamed(holder, name, inner);
}
