import { describe, expect, it } from 'vitest';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { renameTransform } from './rename.ts';

function apply(options: Record<string, unknown>, records: Record<string, unknown>[]) {
  return renameTransform.configure(options).open(pluginContext()).apply(records);
}

describe('the transform rename', () => {
  it.each([
    { options: { key: 'a', new: 'b' }, record: { a: 1, c: 2 }, renamed: { c: 2, b: 1 } },
    { options: { key: 'a', new_key_name: 'aa' }, record: { a: 1 }, renamed: { aa: 1 } },
    { options: { key: 'a', new: 'b', new_key_name: 'c' }, record: { a: 1 }, renamed: { b: 1 } },
    { options: { key: 'o.p', new: 'q' }, record: { o: { p: null } }, renamed: { o: {}, q: null } },
    { options: { key: 'a', new: 'a.b' }, record: { a: 1 }, renamed: { a: { b: 1 } } },
    { options: { key: 'o', new: 'o.p' }, record: { o: { x: 1 } }, renamed: { o: { p: { x: 1 } } } },
    { options: { key: 'a', new: 'b' }, record: { a: 1, b: 2 }, renamed: { b: 1 } },
  ])('makes $renamed of $record with $options', ({ options, record, renamed }) => {
    expect(apply(options, [record])).toEqual({ records: [renamed], errors: 0, lastError: '' });
  });

  it('counts records without the field, and lets them go on', () => {
    expect(apply({ key: 'o.p', new: 'b' }, [{ x: 1 }, { o: { p: 1 } }])).toEqual({
      records: [{ x: 1 }, { o: {}, b: 1 }],
      errors: 1,
      lastError: 'transform key o.p not exist in data',
    });
  });

  it('leaves a record alone where the new name cannot be', () => {
    const { records, errors, lastError } = apply({ key: 'a', new: 'b.c' }, [{ a: 1, b: 'text' }]);

    expect(records).toEqual([{ a: 1, b: 'text' }]);
    expect(errors).toBe(1);
    expect(lastError).toBe('transform key b.c cannot be set: a part of it is no object');
  });

  it.each([
    { options: { new: 'b' }, why: 'key: is required' },
    { options: { key: 'a' }, why: 'new: is required' },
    { options: { key: '', new: 'b' }, why: 'key: "" names no field' },
    { options: { key: 'a', new: '__proto__.b' }, why: 'names no field' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => renameTransform.configure(options)).toThrow(why);
  });
});
