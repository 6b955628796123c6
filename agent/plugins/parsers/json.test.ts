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
    { line: `${'['.repeat(9000)}1.0${']'.repeat(9000)}`, why: 'Maximum call stack' },
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
