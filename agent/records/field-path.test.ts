import { describe, expect, it } from 'vitest';
import { deleteField, fieldPath, getField, hasField, setField } from './field-path.ts';

function path(key: string) {
  const found = fieldPath(key);
  if (found === null) throw new Error(`${key} is no path`);
  return found;
}

describe('fieldPath', () => {
  it.each([
    { key: 'a', names: ['a'] },
    { key: 'a.b.c', names: ['a', 'b', 'c'] },
    { key: 'a b', names: ['a', 'b'] },
    { key: ' a. b ', names: ['a', 'b'] },
    { key: '', names: null },
    { key: ' . ', names: null },
    { key: 'a.__proto__.b', names: null },
    { key: '__proto__', names: null },
  ])('reads "$key" as $names', ({ key, names }) => {
    expect(fieldPath(key)).toEqual(names);
  });
});

describe('a field', () => {
  it.each([
    { key: 'a', value: { b: 1 }, there: true },
    { key: 'a.b', value: 1, there: true },
    { key: 'n', value: null, there: true },
    { key: 'a.c', value: undefined, there: false },
    { key: 'x.y', value: undefined, there: false },
    { key: 'text.length', value: undefined, there: false },
    { key: 'list.0', value: undefined, there: false },
    { key: 'number.rawJSON', value: undefined, there: false },
    { key: 'toString', value: undefined, there: false },
    { key: 'constructor.name', value: undefined, there: false },
  ])('$key is found: $there', ({ key, value, there }) => {
    const record = { a: { b: 1 }, n: null, text: 't', list: [1], number: JSON.rawJSON('1.0') };

    expect(hasField(record, path(key))).toBe(there);
    expect(getField(record, path(key))).toEqual(value);
  });

  it('is set with the objects around it', () => {
    const record = { a: { b: 1 } };

    expect(setField(record, path('a.c.d'), 2)).toBe(true);
    expect(setField(record, path('constructor.name'), 3)).toBe(true);

    expect(record).toEqual({ a: { b: 1, c: { d: 2 } }, constructor: { name: 3 } });
    expect(Object.name).toBe('Object');
  });

  it.each([{ key: 'a.x' }, { key: 'list.x' }, { key: 'number.x' }, { key: 'none.x' }])(
    'is not set where something else is in the way: $key',
    ({ key }) => {
      const record = { a: 'text', list: [], number: JSON.rawJSON('1.0'), none: null };

      expect(setField(record, path(key), 1)).toBe(false);
      expect(JSON.stringify(record)).toBe('{"a":"text","list":[],"number":1.0,"none":null}');
    },
  );

  it('is deleted where there is one', () => {
    const record = { a: { b: 1, c: 2 }, d: 3 };

    for (const key of ['a.b', 'd', 'x', 'a.x.y']) deleteField(record, path(key));

    expect(record).toEqual({ a: { c: 2 } });
  });
});
