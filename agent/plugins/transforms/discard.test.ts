import { describe, expect, it } from 'vitest';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { changedLine } from '../../../test/support/transforming.ts';
import { discardTransform } from './discard.ts';

function apply(options: Record<string, unknown>, records: Record<string, unknown>[]) {
  return discardTransform.configure(options).open(pluginContext()).apply(records);
}

describe('the transform discard', () => {
  it('removes the fields that it names, where there are any', () => {
    const { records, errors } = apply({ key: 'a, o.p,', stage: 'after_parser' }, [
      { a: 1, b: 2, o: { p: 1, q: 2 } },
      { b: 3 },
    ]);

    expect(records).toEqual([{ b: 2, o: { q: 2 } }, { b: 3 }]);
    expect(errors).toBe(0);
  });

  it.each([
    { options: {}, why: 'key: is required' },
    { options: { key: ' , ' }, why: 'names no field' },
    { options: { key: 'a', stage: 'later' }, why: 'must be "after_parser" or "before_parser"' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => discardTransform.configure(options)).toThrow(why);
  });
});

describe('the transform discard before the parser', () => {
  it.each([
    { line: '2026-11-20 [DEBUG] x', left: null },
    { line: '2026-11-20 [INFO] x', left: '2026-11-20 [INFO] x' },
  ])('makes $left of $line', ({ line, left }) => {
    expect(changedLine(discardTransform, { key: '[DEBUG]' }, line)).toBe(left);
  });

  it('takes a comma for what it is', () => {
    expect(changedLine(discardTransform, { key: 'a,b' }, 'a b')).toBe('a b');
    expect(changedLine(discardTransform, { key: 'a,b' }, 'a,b')).toBe(null);
  });
});
