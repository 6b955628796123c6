import { z } from 'zod';
import { changeEach, missing } from '../../records/change-each.ts';
import {
  deleteField,
  type FieldPath,
  getField,
  hasField,
  setField,
} from '../../records/field-path.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform, type LogRecord } from '../plugin.ts';

const name = transformOption.key('new_name');

const RenameOptions = z
  .object({
    key: transformOption.key('old_name'),
    new: name.optional(),
    /** The older spelling of `new`. */
    new_key_name: name.optional(),
  })
  .transform(({ key, new: given, new_key_name: older }, context) => {
    const target = given ?? older;
    if (target !== undefined) return { key, target };
    context.addIssue({ code: 'custom', path: ['new'], message: 'is required, e.g. "new_name"' });
    return z.NEVER;
  });

/** Gives a field another name, and another place where names are nested; what is there gives way. */
export const renameTransform = defineTransform({
  type: 'rename',
  options: RenameOptions,
  open: ({ key, target }) => ({
    apply: (records) => changeEach(records, (record) => rename(record, key, target)),
  }),
});

function rename(record: LogRecord, key: FieldPath, target: FieldPath): string | null {
  if (!hasField(record, key)) return missing(key);
  const value = getField(record, key);
  // First, so that `a` may become `a.b`.
  deleteField(record, key);
  if (setField(record, target, value)) return null;
  setField(record, key, value);
  return `transform key ${target.join('.')} cannot be set: a part of it is no object`;
}
