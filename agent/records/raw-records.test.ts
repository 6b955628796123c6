import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutBlankLines } from './blank-lines.ts';
import { RawRecords } from './raw-records.ts';

function rawRecords(text: string, added = {}): RawRecords {
  return new RawRecords(withoutBlankLines({ bytes: Buffer.from(text), ends: null }), added);
}

describe('RawRecords', () => {
  it('hands out the very bytes that were read', () => {
    const bytes = Buffer.from('a\nb\n');

    expect(new RawRecords(withoutBlankLines({ bytes, ends: null }), {}).raw()).toBe(bytes);
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

  it('makes one record of a line that holds line feeds', () => {
    const bytes = Buffer.from('a\n  b\nc\n');
    const records = new RawRecords(withoutBlankLines({ bytes, ends: Uint32Array.of(6, 8) }), {
      t: 1,
    });

    expect(records.objects()).toEqual([
      { raw: 'a\n  b\n', t: 1 },
      { raw: 'c\n', t: 1 },
    ]);
    expect(records.ndjson().toString()).toBe('{"raw":"a\\n  b\\n","t":1}\n{"raw":"c\\n","t":1}\n');
    expect(records.raw()).toBe(bytes);
  });

  it.each([{ ends: null }, { ends: Uint32Array.of(4, 7) }])(
    'writes what is no UTF-8 as U+FFFD, as its objects have it: $ends',
    ({ ends }) => {
      const bytes = Buffer.from([0x61, 0xff, 0x80, 0x0a, 0xc3, 0x62, 0x0a]);
      const records = new RawRecords(withoutBlankLines({ bytes, ends }), { é: '日' });

      expect(records.ndjson().toString()).toBe(
        '{"raw":"a��\\n","é":"日"}\n{"raw":"�b\\n","é":"日"}\n',
      );
      expect(records.objects()).toEqual([
        { raw: 'a��\n', é: '日' },
        { raw: '�b\n', é: '日' },
      ]);
    },
  );

  it('keeps each form that it made', () => {
    const records = rawRecords('a\n');

    expect(records.ndjson().buffer).toBe(records.ndjson().buffer);
    expect(records.objects()).toBe(records.objects());
  });

  it('is empty when there are no lines', () => {
    const records = rawRecords('');

    expect(records.count).toBe(0);
    expect(records.ndjson()).toHaveLength(0);
    expect(records.objects()).toEqual([]);
  });

  it('writes more lines than are looked at together, with a backslash among them', () => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i} "é" of some length`);
    lines[5_000] = 'C:\\new\\n"}';
    lines[7_000] = 'x'.repeat(300_000);
    const records = rawRecords(`${lines.join('\n')}\n`, { t: 1 });

    const texts = records.ndjson().toString().split('\n');
    expect(texts).toHaveLength(lines.length + 1);
    expect(texts.slice(0, -1).map((text): unknown => JSON.parse(text))).toEqual(
      lines.map((line) => ({ raw: `${line}\n`, t: 1 })),
    );
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
