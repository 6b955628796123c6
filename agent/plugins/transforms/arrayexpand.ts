import { z } from 'zod';
import { cannotSet, changeEach, missing } from '../../records/change-each.ts';
import {
  type FieldPath,
  getField,
  hasField,
  lastName,
  makeHolder,
} from '../../records/field-path.ts';
import { putBeside } from '../../records/named-fields.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord } from '../plugin.ts';

const ELEMENTS_MAX = 1_000;

/**
 * Puts the elements of a list into fields beside it: those of `a` into `a0`, `a1` ... One whose
 * name is taken goes to the first free of `a0_0`, `a0_1` ...
 */
export const arrayexpandTransform = defineTransform({
  type: 'arrayexpand',
  usage: 'Puts the elements of a list into fields beside it: those of "a" into "a0", "a1" ...',
  options: z.object({ key: transformOption.key('tags') }),
  open: ({ key }) => ({
    apply: (records) => changeEach(records, (record) => expand(record, key)),
  }),
});

function expand(record: LogRecord, key: FieldPath): string | null {
  if (!hasField(record, key)) return missing(key);
  const list = getField(record, key);
  const holder = makeHolder(record, key);
  if (holder === null) return cannotSet(key);
  if (!Array.isArray(list)) return `transform key ${key.join('.')} data type is not array`;
  if (list.length > ELEMENTS_MAX) {
    return `transform key ${key.join('.')} has more than ${ELEMENTS_MAX} elements`;
  }
  for (const [index, value] of list.entries()) {
    putBeside(holder, `${lastName(key)}${index}`, { value, separator: '_', from: 0 });
  }
  return null;
}
