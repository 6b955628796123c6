import { describe, expect, it } from 'vitest';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { changedLine } from '../../../test/support/transforming.ts';
import { replaceTransform } from './replace.ts';

function apply(options: Record<string, unknown>, records: Record<string, unknown>[]) {
  return replaceTransform
    .configure({ key: 'm', ...options })
    .open(pluginContext())
    .apply(records);
}

function replaced(options: Record<string, unknown>, text: string): unknown {
  return apply(options, [{ m: text }]).records[0]?.['m'];
}

describe('the transform replace', () => {
  it.each([
    { from: 'a', to: 'b', text: 'banana', result: 'bbnbnb' },
    { from: '.', to: '-', text: 'a.b.c', result: 'a-b-c' },
    { from: 'a', to: '$&$1', text: 'xay', result: 'x$&$1y' },
    { from: 'a', to: '', text: 'banana', result: 'bnn' },
  ])('takes "$from" for a text: $text becomes $result', ({ from, to, text, result }) => {
    expect(replaced({ old_string: from, new_string: to }, text)).toBe(result);
    expect(replaced({ old: from, new: to, regex: 'false' }, text)).toBe(result);
  });

  it.each([
    { from: String.raw`\d+`, to: '#', text: 'a1b22', result: 'a#b#' },
    { from: '(?i)error', to: 'E', text: 'Error ERROR', result: 'E E' },
    { from: String.raw`(\w+)@(\w+)`, to: '$2 at ${1}', text: 'me@home', result: 'home at me' },
    { from: '(?P<k>\\w+)=', to: '${k}: $k $$', text: 'a=1', result: 'a: a $1' },
    { from: '(a)|b', to: '[$1]', text: 'ab', result: '[a][]' },
    { from: '(a)', to: '$1x', text: 'a', result: '' },
    { from: '(a)', to: '$9$none', text: 'a', result: '' },
    { from: String.raw`\d\-[\-\/\"]`, to: '.', text: '1-"1-/1--', result: '...' },
    { from: String.raw`\\\-`, to: '.', text: String.raw`a\-b`, result: 'a.b' },
    { from: '.', to: 'x', text: '😀a', result: 'xx' },
    { from: 'x*', to: '-', text: 'ab', result: '-a-b-' },
    { from: '(?s)a.b', to: '-', text: 'a\nb', result: '-' },
  ])('takes "$from" for a pattern: $text becomes $result', ({ from, to, text, result }) => {
    expect(replaced({ old_string: from, new_string: to, regex: true }, text)).toBe(result);
    expect(replaced({ old_string: from, new_string: to, regex: 'true' }, text)).toBe(result);
  });

  it('reaches nested fields', () => {
    const { records } = apply({ key: 'a.b', old: 'x', new: 'y' }, [{ a: { b: 'x' } }]);

    expect(records).toEqual([{ a: { b: 'y' } }]);
  });

  it.each([
    { record: { x: 1 }, why: 'transform key m not exist in data' },
    { record: { m: 1 }, why: 'transform key m data type is not string' },
    { record: { m: null }, why: 'transform key m data type is not string' },
    { record: { m: 'x'.repeat(65_537) }, why: 'transform key m is longer than 65536 characters' },
  ])('counts a record that it cannot change: $why', ({ record, why }) => {
    const before = JSON.stringify(record);
    const { records, errors, lastError } = apply({ old: 'x', new: 'y' }, [record, { m: 'x' }]);

    expect(JSON.stringify(records[0])).toBe(before);
    expect(records[1]).toEqual({ m: 'y' });
    expect({ errors, lastError }).toEqual({ errors: 1, lastError: why });
  });

  it.each([
    { options: { old_string: '(', regex: true }, why: '"(" is no regular expression' },
    { options: { old_string: 'x'.repeat(1025), regex: true }, why: 'longer than 1024 characters' },
    { options: { new_string: 'x' }, why: 'old_string: is required' },
    { options: { old: 'a', stage: 'later' }, why: 'must be "after_parser" or "before_parser"' },
    { options: { old: 'a', regex: 'yes' }, why: 'regex: must be true or false' },
    { options: { key: 7, old: 'a' }, why: 'key: is required' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => replaceTransform.configure({ key: 'm', ...options })).toThrow(why);
  });
});

describe('the transform replace before the parser', () => {
  it('changes the raw line', () => {
    const options = { key: 'm', old: String.raw`\d+`, new: '#', regex: true };

    expect(changedLine(replaceTransform, options, 'a1 b22')).toBe('a# b#');
  });

  it('says why it leaves a line alone', () => {
    const change = () => changedLine(replaceTransform, { key: 'm', old: 'x' }, 'x'.repeat(65_537));

    expect(change).toThrow('is longer than 65536 characters');
  });
});
