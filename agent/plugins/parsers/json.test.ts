import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { jsonParser } from './json.ts';

function parse(text: string, options = {}) {
  return jsonParser.configure(options).open(pluginContext()).parse(batchOf(text));
}

describe('the parser json', () => {
  it('makes a record of an object and several of an array, and leaves blank lines out', () => {
    const { records, success, errors } = parse('{"a":1}\n\n[{"b":2},{"c":3}]\r\n');

    expect({ success, errors }).toEqual({ success: 2, errors: 0 });
    expect(records.objects()).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
  });

  it('keeps the digits of numbers', () => {
    const line = '{"id":12345678901234567890,"took":1.0,"n":[1e400,-0]}\n';

    expect(parse(line).records.ndjson().toString()).toBe(line);
  });

  it.each([
    { line: 'not json', why: 'Unexpected token' },
    { line: '1', why: 'neither an object nor an array' },
    { line: '1.0', why: 'neither an object nor an array' },
    { line: 'null', why: 'neither an object nor an array' },
    { line: '"x"', why: 'neither an object nor an array' },
    { line: '[]', why: 'the array holds no object' },
    { line: '[{"a":1},2]', why: 'something but objects' },
    { line: `{"a":${'['.repeat(600)}${']'.repeat(600)}}`, why: 'nested deeper than 512' },
    { line: `${'['.repeat(100_000)}1.0${']'.repeat(100_000)}`, why: 'Maximum call stack' },
  ])('sends a line as it is that has an error: $why', ({ line, why }) => {
    const { records, success, errors, lastError } = parse(`{"ok":1}\n${line}\n{"ok":2}\n`);

    expect(records.objects()).toEqual([{ ok: 1 }, { pandora_stash: line }, { ok: 2 }]);
    expect({ success, errors }).toEqual({ success: 2, errors: 1 });
    expect(lastError).toContain(why);
    expect(lastError).toContain(line.slice(0, 200));
    expect(lastError.length).toBeLessThan(500);
  });

  it.each([
    { options: { disable_record_errdata: 'true' }, records: [] },
    { options: { keep_raw_data: 'true' }, records: [{ pandora_stash: 'bad', raw_data: 'bad' }] },
    {
      options: { disable_record_errdata: 'true', keep_raw_data: 'true' },
      records: [{ raw_data: 'bad' }],
    },
  ])('makes $records of a line that fails, with $options', ({ options, records }) => {
    expect(parse('bad\n', options).records.objects()).toEqual(records);
  });

  it('adds the line to its record when asked, not to several of one line', () => {
    const { records } = parse('{"a":1}\n[{"b":2},{"c":3}]\n', { keep_raw_data: 'true' });

    expect(records.objects()).toEqual([{ a: 1, raw_data: '{"a":1}' }, { b: 2 }, { c: 3 }]);
  });

  it('adds labels where the record has no such field', () => {
    const { records } = parse('{"a":1,"team":null}\n[{"b":2},{"c":3}]\n', { labels: 'team infra' });

    expect(records.objects()).toEqual([
      { a: 1, team: null },
      { b: 2, team: 'infra' },
      { c: 3, team: 'infra' },
    ]);
  });
});

describe('the parser json, where nothing is added', () => {
  it('passes on the very bytes that were read, without looking for records in them', () => {
    const batch = batchOf('{"a":1.0,"b":"\\u00e9"}\n{ "a" : 2, "a" : 3 }\n');
    const { records } = jsonParser.configure({}).open(pluginContext()).parse(batch);

    expect(records.ndjson()).toBe(batch.bytes);
    expect(records.count).toBe(2);
    expect(JSON.stringify(records.objects())).toBe('[{"a":1.0,"b":"é"},{"a":3}]');
  });

  it.each([
    { line: ' \t{"a":1} ', text: '{"a":1}', why: 'white space around it is cut' },
    { line: '{"a":1}\r', text: '{"a":1}', why: 'a carriage return is cut, too' },
    { line: '{ "a" :\t1 }', text: '{ "a" :\t1 }', why: 'white space inside stays' },
    { line: '{"a":1,"a":2}', text: '{"a":1,"a":2}', why: 'both of two members stay' },
    { line: '{"a":"\\ud800"}', text: '{"a":"\\ud800"}', why: 'half a character stays an escape' },
    { line: '[{"a":1.0}, {"b":2} ]', text: '{"a":1.0}\n{"b":2}', why: 'a list is cut apart' },
    { line: '[ {} ]', text: '{}', why: 'a list of one is that one' },
    { line: '{"a":"\0"}', text: '{"pandora_stash":"{\\"a\\":\\"\\u0000\\"}"}', why: 'NUL is none' },
    {
      line: '\uFEFF{}',
      text: '{"pandora_stash":"\uFEFF{}"}',
      why: 'a mark stands at the start only',
    },
    { line: '\u00a0\u2003', text: '', why: 'a line of other white space is blank' },
    { line: '{"é":"日本😀"}', text: '{"é":"日本😀"}', why: 'any character is one' },
  ])('makes $text of $line: $why', ({ line, text }) => {
    const { records } = parse(`{"x":0}\n${line}\n{"y":0}\n`);

    const between = text === '' ? '' : `${text}\n`;
    expect(records.ndjson().toString()).toBe(`{"x":0}\n${between}{"y":0}\n`);
  });

  it('leaves out a mark at the beginning of a file', () => {
    expect(parse('\uFEFF{"a":1}\n').records.ndjson().toString()).toBe('{"a":1}\n');
  });

  it('writes what is no UTF-8 as U+FFFD', () => {
    const batch = { ...batchOf(''), bytes: Buffer.from('{"a":"\xff"}\n', 'latin1') };
    const { records } = jsonParser.configure({}).open(pluginContext()).parse(batch);

    expect(records.ndjson().toString()).toBe('{"a":"\uFFFD"}\n');
  });

  it('ends a last line that has no line break', () => {
    expect(parse('{"a":1}\n{"b":2}').records.ndjson().toString()).toBe('{"a":1}\n{"b":2}\n');
  });

  it.each([{ options: {} }, { options: { labels: 'team infra' } }])(
    'takes a line over several for one, when it is told its end: $options',
    ({ options }) => {
      const batch = {
        ...batchOf('{"a":\n1.0}\n{"b":2}\n{"c":\n{"d":4}\n'),
        ends: Uint32Array.of(11, 19, 33),
      };
      const parsed = jsonParser.configure(options).open(pluginContext()).parse(batch);

      expect(parsed).toMatchObject({ success: 2, errors: 1, lineOf: null });
      const [first, second, third] = parsed.records.ndjson().toString().split('\n');
      expect(first).toContain('{"a":1.0');
      expect(second).toContain('{"b":2');
      expect(third).toBe('{"pandora_stash":"{\\"c\\":\\n{\\"d\\":4}"}');
    },
  );

  it.each([
    { options: {}, dropped: 0, lineOf: [0, 2, 2, 3, 4] },
    { options: { disable_record_errdata: 'true' }, dropped: 1, lineOf: [0, 2, 2, 4] },
    {
      options: { disable_record_errdata: 'true', labels: 'a b' },
      dropped: 1,
      lineOf: [0, 2, 2, 4],
    },
  ])('tells which line each record is of, with $options', ({ options, dropped, lineOf }) => {
    const parsed = parse('{}\n\n[{},{}]\nbad\n{}\n', options);

    expect(parsed).toMatchObject({ success: 3, errors: 1, dropped, lineOf });
  });

  it('makes the same records as JSON.parse does, one valid text a line, whatever the lines are', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false }));
    const space = fc.constantFrom('', ' ', '\t', '\r', '\u00a0');
    const line = fc.oneof(
      object.map((value) => JSON.stringify(value)),
      fc.array(object, { maxLength: 3 }).map((values) => JSON.stringify(values)),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.stringMatching(/^[{}[\]",:a1 ]*$/),
      fc.constant(''),
    );
    const padded = fc.tuple(space, line, space).map((parts) => parts.join(''));

    fc.assert(
      fc.property(fc.array(padded, { maxLength: 8 }), (lines) => {
        const { records, success, errors, lineOf } = parse(lines.map((it) => `${it}\n`).join(''));
        const labelled = parse(lines.map((it) => `${it}\n`).join(''), { labels: 'zzz 1' });

        const texts = records.ndjson().toString().split('\n').slice(0, -1);
        expect(texts.map((text): unknown => JSON.parse(text))).toEqual(records.objects());
        expect(records.count).toBe(texts.length);
        expect({ success, errors, lineOf }).toEqual({
          success: labelled.success,
          errors: labelled.errors,
          lineOf: labelled.lineOf,
        });
        const plain = labelled.records.objects().map(({ zzz: _, ...rest }) => rest);
        expect(records.objects().map(({ zzz: _, ...rest }) => rest)).toEqual(plain);
      }),
    );
  });
});
