import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine, valueText } from './csv-text.ts';

describe('csvLine', () => {
  it('is read back as it was by a reader of RFC 4180', () => {
    const field = fc.string({
      unit: fc.constantFrom('a', 'é', ' ', ',', ';', '\t', '"', '\n', '\r'),
    });
    const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 2 }), { minLength: 1 });
    fc.assert(
      fc.property(rows, fc.constantFrom(',', ';', '\t', '|'), (texts, delimiter) => {
        const lines = texts.map((row) => `${csvLine(row, delimiter)}\n`).join('');

        expect(parse(lines, { delimiter, record_delimiter: '\n' })).toEqual(texts);
      }),
    );
  });

  it('makes no blank line', () => {
    expect(csvLine([undefined], ',')).toBe('""');
  });

  it.each([
    { value: 'a', text: 'a' },
    { value: null, text: '' },
    { value: 1.5, text: '1.5' },
    { value: JSON.rawJSON('12345678901234567890'), text: '12345678901234567890' },
    { value: { a: [true] }, text: '{"a":[true]}' },
  ])('writes $text', ({ value, text }) => {
    expect(valueText(value)).toBe(text);
  });
});
