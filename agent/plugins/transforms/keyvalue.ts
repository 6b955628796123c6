import { z } from 'zod';
import { cannotSet, missing, replaceEach, textOf, unfit } from '../../records/change-each.ts';
import { type FieldPath, getField, hasField, makeHolder } from '../../records/field-path.ts';
import { KeyValues } from '../../records/key-values.ts';
import { makeObject, withoutField } from '../../records/named-fields.ts';
import { setField as setNamed } from '../../records/set-field.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord } from '../plugin.ts';

const KeyvalueOptions = z.object({
  key: transformOption.key('message'),
  new: transformOption.target.describe(
    'The object that the pairs go into; nowhere said: they go beside the text.',
  ),
  discard_key: transformOption.flag.describe('Removes the text.').meta({ advanced: true }),
  splitter: transformOption.text
    .default('=')
    .transform((splitter) => (splitter === '' ? '=' : splitter))
    .describe('What stands between a key and its value.')
    .meta({ default: '=' }),
  keep_string: transformOption.flag.describe('Leaves numbers as texts.'),
});

/**
 * Makes fields of pairs in a text: `a=1 b="x y"`. A value goes on to the key of the next pair, so
 * that it may hold blanks; what is in quotation marks is looked at for no pair. A pair takes the
 * place of a field that is there; of two of a key the last one counts.
 */
export const keyvalueTransform = defineTransform({
  type: 'keyvalue',
  usage: 'Makes fields of the pairs in a text field, such as: a=1 b="x y".',
  options: KeyvalueOptions,
  open: ({ key, new: target, splitter, keep_string: keepString, discard_key: discards }) => {
    const pairs = new KeyValues({ splitter, keepString });
    const options = { key, target, discards };
    return {
      apply: (records) => replaceEach(records, (record) => expand(record, pairs, options)),
    };
  },
});

interface Expansion {
  readonly key: FieldPath;
  readonly target: FieldPath | undefined;
  readonly discards: boolean;
}

function expand(record: LogRecord, pairs: KeyValues, options: Expansion): LogRecord | string {
  const { key, target, discards } = options;
  if (!hasField(record, key)) return missing(key);
  let fields: LogRecord;
  try {
    fields = pairs.recordOf(textOf(getField(record, key)));
  } catch (thrown) {
    return unfit(key, thrown);
  }
  if (holderIn(record, options) === null) return cannotSet(target ?? key);
  // First, for a pair may have the name of the text.
  const rest = discards ? withoutField(record, key) : record;
  const holder = holderIn(rest, options) ?? {};
  for (const [name, value] of Object.entries(fields)) setNamed(holder, name, value);
  return rest;
}

/** Where the pairs go; null: something is in the way. */
function holderIn(record: LogRecord, { key, target }: Expansion): LogRecord | null {
  return target === undefined ? makeHolder(record, key) : makeObject(record, target);
}
