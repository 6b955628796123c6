import { z } from 'zod';
import { cannotSet, changeEach, missing } from '../../records/change-each.ts';
import { type FieldPath, getField, hasField, setField } from '../../records/field-path.ts';
import { copyOf } from '../../records/named-fields.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord } from '../plugin.ts';

/** Puts the value of a field into another one, too. */
export const copyTransform = defineTransform({
  type: 'copy',
  usage: 'Puts the value of a field into another one, too.',
  options: z.object({
    key: transformOption.key('message'),
    new: transformOption.key('original').describe('The field that gets the value.'),
    override: transformOption.flag.describe('Replaces a field that is there already.'),
  }),
  open: ({ key, new: target, override }) => ({
    ...(key.length === 1 &&
      target.length === 1 &&
      key[0] !== target[0] && { edits: [{ kind: 'copy', name: key[0], to: target[0] }] }),
    apply: (records) =>
      changeEach(records, (record) => copy(record, { key, target, mayReplace: override })),
  }),
});

interface Copying {
  readonly key: FieldPath;
  readonly target: FieldPath;
  readonly mayReplace: boolean;
}

function copy(record: LogRecord, { key, target, mayReplace }: Copying): string | null {
  if (!hasField(record, key)) return missing(key);
  if (!mayReplace && hasField(record, target)) return `the key ${target.join('.')} already exists`;
  const value = copyOf(getField(record, key));
  return setField(record, target, value) ? null : cannotSet(target);
}
