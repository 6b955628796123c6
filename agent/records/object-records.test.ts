import { describe, expect, it } from 'vitest';
import { jsonArray } from './json-array.ts';
import { ObjectRecords } from './object-records.ts';

describe('ObjectRecords', () => {
  it('writes a line of JSON a record', () => {
    const records = new ObjectRecords([{ a: 1 }, { b: JSON.rawJSON('1.0'), c: 'x\ny' }]);

    expect(records.count).toBe(2);
    expect(records.ndjson().toString()).toBe('{"a":1}\n{"b":1.0,"c":"x\\ny"}\n');
    expect(records.ndjson()).toBe(records.ndjson());
  });

  it('is empty without records', () => {
    const records = new ObjectRecords([]);

    expect(records.ndjson()).toHaveLength(0);
    expect(records.raw()).toHaveLength(0);
  });

  it('gives the raw fields one after another, each ended by a line feed', () => {
    expect(new ObjectRecords([{ raw: 'a\n' }, { raw: 'b' }]).raw().toString()).toBe('a\nb\n');
  });

  it.each([{ record: {} }, { record: { raw: 1 } }, { record: { pandora_stash: 'x' } }])(
    'refuses to leave out $record, which has no raw text',
    ({ record }) => {
      expect(() => new ObjectRecords([{ raw: 'a' }, record]).raw()).toThrow('no text field "raw"');
    },
  );
});

describe('jsonArray', () => {
  it.each([
    { records: [], array: '[]' },
    { records: [{ a: 1 }], array: '[{"a":1}]' },
    { records: [{ a: 'x\ny' }, { b: [1, 2] }], array: '[{"a":"x\\ny"},{"b":[1,2]}]' },
  ])('makes $array', ({ records, array }) => {
    expect(jsonArray(new ObjectRecords(records).ndjson()).toString()).toBe(array);
  });
});
