import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { logfmtParser } from './logfmt.ts';

function parse(text: string, options = {}) {
  return logfmtParser.configure(options).open(pluginContext()).parse(batchOf(text));
}

function recordOf(line: string, options = {}) {
  return parse(`${line}\n`, options).records.objects()[0];
}

describe('the parser logfmt', () => {
  it.each([
    {
      line: 'ts=2018-01-02T03:04:05.123Z lvl=5',
      record: { ts: '2018-01-02T03:04:05.123Z', lvl: 5 },
    },
    { line: 'a="x y" b=z', record: { a: 'x y', b: 'z' } },
    { line: 'msg=two words n=1', record: { msg: 'two words', n: 1 } },
    { line: 'a = 1 b= 2 c =3', record: { a: 1, b: 2, c: 3 } },
    { line: 'url=http://x/?q=1&r=2 n=-2.5e3', record: { url: 'http://x/?q=1&r=2', n: -2500 } },
    { line: 'a= b=1', record: { a: '', b: 1 } },
    { line: 'a="q=1 w=2" b=3', record: { a: 'q=1 w=2', b: 3 } },
    {
      line: String.raw`a="say \"x=1\" \\" b=3`,
      record: { a: String.raw`say "x=1" \ `.trim(), b: 3 },
    },
    { line: '"a b"=1', record: { 'a b': 1 } },
    { line: 'a="1" b=true c=False d=t', record: { a: '1', b: true, c: false, d: 't' } },
    { line: 'a=open " quote b=1', record: { a: 'open " quote', b: 1 } },
    { line: 'a=1 = 2 b=3', record: { a: '1 = 2', b: 3 } },
    { line: 'a=1\tb=2\u00a0c=3', record: { a: 1, b: 2, c: 3 } },
    { line: 'a=1 a=2', record: { a: 2 } },
    {
      line: 'a=Infinity b=0x10 c=1_0 d=.5 e=+7',
      record: { a: 'Infinity', b: '0x10', c: '1_0', d: 0.5, e: 7 },
    },
  ])('reads $line', ({ line, record }) => {
    expect(recordOf(line)).toEqual(record);
  });

  it('keeps the digits of numbers that a double cannot hold, and a field called __proto__', () => {
    const { records } = parse('id=12345678901234567890 __proto__=1\n');

    expect(records.ndjson().toString()).toBe('{"id":12345678901234567890,"__proto__":1}\n');
  });

  it('takes another splitter, and leaves numbers texts when told to', () => {
    const options = { splitter: '::', keep_string: 'true' };

    expect(recordOf('a::1 b::x::y c::true', options)).toEqual({ a: '1', b: 'x::y', c: 'true' });
  });

  it('makes a record of each line of an event', () => {
    const batch = { ...batchOf('a=1\nb=2\n'), lines: 1, ends: Uint32Array.of(8) };
    const { records, success, lineOf } = logfmtParser
      .configure({})
      .open(pluginContext())
      .parse(batch);

    expect(records.objects()).toEqual([{ a: 1 }, { b: 2 }]);
    expect({ success, lineOf }).toEqual({ success: 1, lineOf: [0, 0] });
  });

  it.each([
    { line: 'no pairs', why: 'it has no "key=value"' },
    { line: '=1', why: 'a key is empty' },
  ])('keeps $line in the field for what does not parse: $why', ({ line, why }) => {
    const { records, errors, lastError } = parse(`a=1\n${line}\n`, { errdata_field: 'broken' });

    expect(records.objects()).toEqual([{ a: 1 }, { broken: line }]);
    expect(errors).toBe(1);
    expect(lastError).toContain(why);
  });

  it('refuses to keep what does not parse in a field without a name', () => {
    expect(() => parse('', { errdata_field: '' })).toThrow('must not be empty');
  });
});

const word = fc.string({ unit: fc.constantFrom('a', 'B', '0', '_', '/', '.', '日'), minLength: 1 });
const key = word.map((text) => `k${text}`);
const value = fc.array(fc.string({ unit: fc.constantFrom('x', ' ', '=', '"', '\\', '\t', '日') }));

describe('keys and values', () => {
  it('come out as they went in, whatever is in quotes', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          key,
          value.map((parts) => parts.join('')),
          { minKeys: 1 },
        ),
        (pairs) => {
          const line = Object.entries(pairs)
            .map(([name, text]) => `${name}="${text.replace(/["\\]/g, String.raw`\$&`)}"`)
            .join(' ');

          expect(recordOf(line)).toEqual(Object.fromEntries(Object.entries(pairs)));
        },
      ),
    );
  });

  it('lose nothing of a value but the blanks around it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, fc.array(word, { minLength: 1 })), { minLength: 1 }),
        (pairs) => {
          const line = pairs.map(([name, words]) => `${name}=${words.join(' ')}`).join(' ');
          const wanted = Object.fromEntries(pairs.map(([name, words]) => [name, words.join(' ')]));

          expect(recordOf(line, { keep_string: 'true' })).toEqual(wanted);
        },
      ),
    );
  });

  it('take no longer for a long line of quotation marks than for any other', () => {
    const line = `a=${String.raw`\"`.repeat(200_000)}`;

    expect(parse(`${line}\n`).success).toBe(1);
  });
});
