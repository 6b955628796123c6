import { z } from 'zod';
import { changeEach } from '../../records/change-each.ts';
import { type FieldPath, hasField, setField } from '../../records/field-path.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord, type TransformPlugin } from '../plugin.ts';

/** Adds a field with a fixed text to each record. */
export const labelTransform = labelCalled('label');

/** The same under a name that says what it does. */
export const addTransform = labelCalled('add');

function labelCalled(type: string): TransformPlugin {
  return defineTransform({
    type,
    usage: 'Adds a field with a fixed text to each record.',
    options: z.object({
      key: transformOption.key('team'),
      value: z.string({ error: 'must be a text' }).default('').describe('The text.'),
      override: transformOption.flag.describe('Replaces a field that is there already.'),
    }),
    open: ({ key, value, override }) => ({
      ...(key.length === 1 && {
        edits: [{ kind: 'add', name: key[0], value, whenPresent: 'ask' }],
      }),
      apply: (records) =>
        changeEach(records, (record) =>
          !override && hasField(record, key) ? exists(key) : add(record, key, value),
        ),
    }),
  });
}

function add(record: LogRecord, key: FieldPath, value: string): string | null {
  if (setField(record, key, value)) return null;
  return `the key ${key.join('.')} cannot be set: a part of it is no object`;
}

function exists(key: FieldPath): string {
  return `the key ${key.join('.')} already exists`;
}
