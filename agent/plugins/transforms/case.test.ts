import { describe, expect, it } from 'vitest';
import { changed, changedLine } from '../../../test/support/transforming.ts';
import { caseTransform } from './case.ts';

describe('the transform case', () => {
  it.each([
    { mode: 'lower', value: 'WARN Übung', result: 'warn übung' },
    { mode: 'upper', value: 'Warn übung', result: 'WARN ÜBUNG' },
    { mode: undefined, value: 'WARN', result: 'warn' },
    { mode: '', value: 'WARN', result: 'warn' },
  ])('makes $result of $value in mode $mode', ({ mode, value, result }) => {
    expect(changed(caseTransform, { key: 'a', mode }, { a: value, b: 'B' })).toEqual({
      record: { a: result, b: 'B' },
      problem: '',
    });
    expect(changedLine(caseTransform, { key: 'a', mode }, value)).toBe(result);
  });

  it('reaches nested fields', () => {
    expect(changed(caseTransform, { key: 'a.b' }, { a: { b: 'X' } }).record).toEqual({
      a: { b: 'x' },
    });
  });

  it.each([
    { record: { b: 1 }, problem: 'transform key a not exist in data' },
    { record: { a: 1 }, problem: 'transform key a data type is not string' },
    { record: { a: null }, problem: 'transform key a data type is not string' },
  ])('counts $record: $problem', ({ record, problem }) => {
    expect(changed(caseTransform, { key: 'a' }, record)).toEqual({ record, problem });
  });

  it('knows two modes', () => {
    expect(() => caseTransform.configure({ key: 'a', mode: 'title' })).toThrow(
      'mode: must be "lower" or "upper"',
    );
  });
});
