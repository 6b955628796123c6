import { describe, expect, it } from 'vitest';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { addTransform, labelTransform } from './label.ts';

describe.each([{ plugin: labelTransform }, { plugin: addTransform }])(
  'the transform $plugin.type',
  ({ plugin }) => {
    function apply(options: Record<string, unknown>, records: Record<string, unknown>[]) {
      return plugin.configure(options).open(pluginContext()).apply(records);
    }

    it('adds a field to each record, and counts those that have it', () => {
      expect(apply({ key: 'env', value: 'prod' }, [{ a: 1 }, { env: 'test' }])).toEqual({
        records: [{ a: 1, env: 'prod' }, { env: 'test' }],
        errors: 1,
        lastError: 'the key env already exists',
      });
    });

    it.each([{ override: true }, { override: 'true' }, { override: 'True' }])(
      'overrides with $override',
      ({ override }) => {
        expect(apply({ key: 'env', value: 'prod', override }, [{ env: 'test' }])).toEqual({
          records: [{ env: 'prod' }],
          errors: 0,
          lastError: '',
        });
      },
    );

    it('makes the objects around a nested field, and counts where it cannot', () => {
      const { records, errors, lastError } = apply({ key: 'a.b', value: 'x' }, [{}, { a: 1 }]);

      expect(records).toEqual([{ a: { b: 'x' } }, { a: 1 }]);
      expect(errors).toBe(1);
      expect(lastError).toBe('the key a.b cannot be set: a part of it is no object');
    });

    it.each([
      { options: { value: 'x' }, why: 'key: is required' },
      { options: { key: 'a', value: 1 }, why: 'value: must be a text' },
      { options: { key: 'a', override: 'yes' }, why: 'override: must be true or false' },
    ])('refuses $options: $why', ({ options, why }) => {
      expect(() => plugin.configure(options)).toThrow(why);
    });
  },
);
