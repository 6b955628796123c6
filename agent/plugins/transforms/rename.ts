import { z } from 'zod';
import { cannotSet, changeEach, missing } from '../../records/change-each.ts';
import {
  deleteField,
  type FieldPath,
  getField,
  hasField,
  setField,
} from '../../records/field-path.ts';
import { splitField } from '../../records/split-field.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord, type Transformed } from '../plugin.ts';

const name = transformOption.key('new_name');

const RenameOptions = z
  .object({
    key: transformOption.key('old_name'),
    new: name.optional().describe('Its new name, which is required.').meta({ example: 'new_name' }),
    new_key_name: name.optional().describe('The older spelling of new.').meta({ advanced: true }),
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
  usage:
    'Gives a field another name, and another place where names are nested; what is there gives way.',
  options: RenameOptions,
  open: ({ key, target }) => {
    const [name, ...inner] = key;
    const isTop = inner.length === 0 && target.length === 1;
    return {
      ...(isTop && name !== target[0] && { edits: [{ kind: 'rename', name, to: target[0] }] }),
      apply: (records) =>
        isTop
          ? renameTop(records, name, target[0])
          : changeEach(records, (record) => rename(record, key, target)),
    };
  },
});

function renameTop(records: readonly LogRecord[], name: string, target: string): Transformed {
  let errors = 0;
  const renamed = records.map((record) => {
    if (!Object.hasOwn(record, name)) {
      errors += 1;
      return record;
    }
    const [value, rest] = splitField(record, name);
    rest[target] = value;
    return rest;
  });
  return { records: renamed, errors, lastError: errors > 0 ? missing([name]) : '' };
}

function rename(record: LogRecord, key: FieldPath, target: FieldPath): string | null {
  if (!hasField(record, key)) return missing(key);
  const value = getField(record, key);
  // First, so that `a` may become `a.b`.
  deleteField(record, key);
  if (setField(record, target, value)) return null;
  setField(record, key, value);
  return cannotSet(target);
}
