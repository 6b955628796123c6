import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RawRecords } from './raw-records.ts';

function rawRecords(text: string, added = {}): RawRecords {
  const bytes = Buffer.from(text);
  return new RawRecords(
    { bytes, lines: text.split('\n').filter((line) => line !== '').length },
    added,
  );
}

describe('RawRecords', () => {
  it('hands out the very bytes that were read', () => {
    const bytes = Buffer.from('a\nb\n');

    expect(new RawRecords({ bytes, lines: 2 }, {}).raw()).toBe(bytes);
  });

  it('makes a record a line, its line break included', () => {
    const records = rawRecords('a\nb "x"\\n\n', { timestamp: 't', team: 'infra' });

    expect(records.objects()).toEqual([
      { raw: 'a\n', timestamp: 't', team: 'infra' },
      { raw: 'b "x"\\n\n', timestamp: 't', team: 'infra' },
    ]);
    expect(records.ndjson().toString()).toBe(
      '{"raw":"a\\n","timestamp":"t","team":"infra"}\n' +
        '{"raw":"b \\"x\\"\\\\n\\n","timestamp":"t","team":"infra"}\n',
    );
  });

  it('keeps each form that it made', () => {
    const records = rawRecords('a\n');

    expect(records.ndjson()).toBe(records.ndjson());
    expect(records.objects()).toBe(records.objects());
  });

  it('is empty when there are no lines', () => {
    const records = rawRecords('');

    expect(records.count).toBe(0);
    expect(records.ndjson()).toHaveLength(0);
    expect(records.objects()).toEqual([]);
  });

  it('writes the JSON of its objects, whatever the lines hold', () => {
    const tricky = fc.constantFrom(
      '"',
      '\\',
      ',',
      'n',
      '\\n","',
      '$&',
      "$'",
      '\u2028',
      '\r',
      'é',
      '😀',
    );
    const line = fc.array(fc.oneof(tricky, fc.string()), { maxLength: 6 }).map((parts) => {
      return `x${parts.join('').replaceAll('\n', '')}`;
    });

    fc.assert(
      fc.property(
        fc.array(line),
        fc.boolean(),
        fc.dictionary(tricky, tricky),
        (lines, ended, added) => {
          const text = lines.join('\n') + (ended && lines.length > 0 ? '\n' : '');
          const records = rawRecords(text, added);
          const expected = records.objects().map((record) => `${JSON.stringify(record)}\n`);
          expect(records.ndjson().toString()).toBe(expected.join(''));
          expect(records.objects()).toHaveLength(records.count);
        },
      ),
    );
  });
});
