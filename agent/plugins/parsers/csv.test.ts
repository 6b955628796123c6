import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { csvParser } from './csv.ts';

const context = pluginContext({
  clock: new FakeClock(Date.UTC(2024, 0, 1)),
  timeLayouts: ['02.01.2006 15h04'],
});

function open(options: Record<string, string>) {
  return csvParser.configure({ csv_splitter: ',', ...options }).open(context);
}

function parse(text: string, options: Record<string, string>) {
  return open(options).parse(batchOf(text));
}

describe('the parser csv', () => {
  it('reads fields by the schema, TAB between them', () => {
    const parser = csvParser.configure({ csv_schema: 'a long, b string,c float' }).open(context);
    const { records, success } = parser.parse(batchOf('1\t hello \t2.5\r\n\n-7\tx,y\t1e3\n'));

    expect(success).toBe(2);
    expect(records.objects()).toEqual([
      { a: 1, b: 'hello', c: 2.5 },
      { a: -7, b: 'x,y', c: 1000 },
    ]);
  });

  it.each([
    { type: 'long', text: '007', json: '7' },
    { type: 'l', text: '+5', json: '5' },
    { type: 'long', text: '9007199254740993', json: '9007199254740993' },
    { type: 'long', text: '-9223372036854775808', json: '-9223372036854775808' },
    { type: 'long', text: '', json: '0' },
    { type: 'float', text: '.5', json: '0.5' },
    { type: 'f', text: '', json: '0' },
    { type: 'string', text: '1.0', json: '"1.0"' },
    { type: 'date', text: '2024-01-02 03:04:05', json: '"2024-01-02T03:04:05Z"' },
    { type: 'date', text: '10/Oct/2000:13:55:36 -0700', json: '"2000-10-10T13:55:36-07:00"' },
    { type: 'date', text: '31.12.2023 07h30', json: '"2023-12-31T07:30:00Z"' },
    { type: 'd', text: '', json: '"2024-01-01T00:00:00.000Z"' },
  ])('makes $json of "$text" as $type', ({ type, text, json }) => {
    const { records } = parse(`${text},end\n`, { csv_schema: `v ${type},w string` });

    expect(records.ndjson().toString()).toBe(`{"v":${json},"w":"end"}\n`);
  });

  it('adds timezone_offset hours to dates', () => {
    const { records } = parse('2024-01-01 03:00:00\n', {
      csv_schema: 'at date',
      timezone_offset: '-8',
    });

    expect(records.objects()).toEqual([{ at: '2023-12-31T19:00:00Z' }]);
  });

  it.each([
    { line: 'x,b', why: 'schema [n] type [long] value [x] detail: it is no whole number' },
    { line: '9223372036854775808,b', why: 'it does not fit into 64 bits' },
    { line: '1.5,b', why: 'it is no whole number' },
    { line: '1', why: 'schema length 2, actual column length 1' },
    { line: '1,b,c', why: 'schema length 2, actual column length 3' },
    { line: '1,"open', why: 'Quote Not Closed' },
    { line: '1,b"x"', why: 'Invalid Opening Quote' },
  ])('fails the line $line alone: $why', ({ line, why }) => {
    const { records, errors, lastError } = parse(`1,"a,b"\n${line}\n2,"c"\n`, {
      csv_schema: 'n long,s string',
    });

    expect(records.objects()).toEqual([
      { n: 1, s: 'a,b' },
      { pandora_stash: line },
      { n: 2, s: 'c' },
    ]);
    expect(errors).toBe(1);
    expect(lastError).toContain(why);
    expect(lastError).toContain(`raw data is: ${line}`);
  });

  it('never joins two lines by a quotation mark left open', () => {
    const { records } = parse('1,"a\n2,b"\n', { csv_schema: 'n long,s string' });

    expect(records.objects()).toEqual([{ pandora_stash: '1,"a' }, { pandora_stash: '2,b"' }]);
  });

  it('takes quotation marks as they are when told to', () => {
    const { records } = parse('1,"a\n', {
      csv_schema: 'n long,s string',
      csv_ignore_quote_in_filed: 'true',
    });

    expect(records.objects()).toEqual([{ n: 1, s: '"a' }]);
  });

  it('leaves out a field that does not fit when told to', () => {
    const { records, errors } = parse('x,b\n', {
      csv_schema: 'n long,s string',
      csv_ignore_invalid: 'true',
    });

    expect(records.objects()).toEqual([{ s: 'b' }]);
    expect(errors).toBe(0);
  });

  it.each([
    { options: { csv_allow_no_match: 'true' }, line: '1', record: { n: 1 } },
    { options: { csv_allow_no_match: 'true' }, line: '1,b,c', record: { n: 1, s: 'b' } },
    {
      options: { csv_allow_more: 'more' },
      line: '1,b,c,d',
      record: { n: 1, s: 'b', more0: 'c', more1: 'd' },
    },
    {
      options: { csv_allow_more: 'more', csv_more_start_number: '3' },
      line: '1,b,c',
      record: { n: 1, s: 'b', more3: 'c' },
    },
  ])('makes $record of $line with $options', ({ options, line, record }) => {
    const { records } = parse(`${line}\n`, { csv_schema: 'n long,s string', ...options });

    expect(records.objects()).toEqual([record]);
  });

  it('renames - to _ when told to', () => {
    const { records } = parse('1\n', { csv_schema: 'a-b-c long', csv_auto_rename: 'true' });

    expect(records.objects()).toEqual([{ a_b_c: 1 }]);
  });

  it.each([
    { schema: 'a', why: 'write "name type"' },
    { schema: 'a int', why: '"a int" is no column' },
    { schema: 'a long,a string', why: '"a" is there twice' },
    { schema: 'm jsonmap{x text}', why: '"x text" of the jsonmap "m" is no member' },
    { schema: 'm jsonmap{x jsonmap{y long}}', why: 'is no column' },
    { schema: 'm jsonmap{x long', why: 'is no column' },
    { schema: 'a toString', why: 'is no column' },
  ])('refuses the schema "$schema": $why', ({ schema, why }) => {
    expect(() => csvParser.configure({ csv_schema: schema })).toThrow(why);
  });

  it.each([
    { line: '1,a,b,c,2', record: { n: 1, s: 'a,b,c', m: 2 } },
    { line: '1,a,2', record: { n: 1, s: 'a', m: 2 } },
    { line: '1,"a,b",c,2', record: { n: 1, s: 'a,b,c', m: 2 } },
    { line: '1,a', record: { pandora_stash: '1,a' } },
  ])('gives surplus fields to the column that may have them: $line', ({ line, record }) => {
    const options = { csv_schema: 'n long,s string,m long', csv_contain_splitter_key: 's' };

    expect(parse(`${line}\n`, options).records.objects()).toEqual([record]);
    expect(() => open({ ...options, csv_contain_splitter_key: 'x' })).toThrow('"x" is no column');
  });

  it('gives them to a column that the header names', () => {
    const { records } = parse('a,b-c\n1,2,3\n', {
      csv_contain_splitter_key: 'b-c',
      csv_auto_rename: 'true',
    });

    expect(records.objects()).toEqual([{ a: '1', b_c: '2,3' }]);
  });

  it.each([
    { schema: 'm jsonmap', json: '{"m-a":1,"m-b":"x","m-d":[1.0]}' },
    { schema: 'm jsonmap{b string,...}', json: '{"m-a":1,"m-b":"x","m-d":[1.0]}' },
    { schema: 'm jsonmap{a string,b string}', json: '{"m-a":"1","m-b":"x"}' },
    { schema: 'm jsonmap {a float, ...}', json: '{"m-a":1,"m-b":"x","m-d":[1.0]}' },
  ])('takes the members of a jsonmap out of it: $schema', ({ schema, json }) => {
    const line = '7;{"a":1,"b":"x","c":null,"d":[1.0]}';
    const { records } = parse(`${line}\n`, { csv_splitter: ';', csv_schema: `n long,${schema}` });

    expect(records.ndjson().toString()).toBe(`{"n":7,${json.slice(1)}\n`);
  });

  it.each([
    { text: '[1]', why: 'it is no JSON object' },
    { text: '{"a":"x"}', why: 'it is no whole number' },
    { text: '{', why: 'JSON' },
  ])('fails a jsonmap that is $text: $why', ({ text, why }) => {
    const { errors, lastError } = parse(`${text}\n`, {
      csv_splitter: ';',
      csv_schema: 'm jsonmap{a long}',
    });

    expect(errors).toBe(1);
    expect(lastError).toContain(why);
  });

  it('leaves out an empty jsonmap', () => {
    const options = { csv_splitter: ';', csv_schema: 'n long,m jsonmap' };

    expect(parse('1;\n', options).records.objects()).toEqual([{ n: 1 }]);
  });

  it('refuses a time layout of the configuration that is none', () => {
    const configured = csvParser.configure({ csv_schema: 'at date' });

    expect(() => configured.open(pluginContext({ timeLayouts: ['nonsense'] }))).toThrow(
      '"nonsense"',
    );
  });
});

describe('the parser csv without a schema', () => {
  it('takes the first line of a source for its header, whichever batch comes first', () => {
    const parser = open({});

    const first = parser.parse(batchOf('\uFEFFid,name\n1,a\n'));
    const other = parser.parse(batchOf('x,y\n1,2\n'));
    const later = parser.parse({
      ...batchOf('2,b\n'),
      firstLine: Buffer.from('\uFEFFid,name\r\n'),
    });

    expect(first.records.objects()).toEqual([{ id: '1', name: 'a' }]);
    expect(other.records.objects()).toEqual([{ x: '1', y: '2' }]);
    expect(later.records.objects()).toEqual([{ id: '2', name: 'b' }]);
    expect([first.success, later.success]).toEqual([1, 1]);
  });

  it('gives columns without a name of their own a number', () => {
    const { records } = parse('a,,a,"__proto__"\n1,2,3,4\n', {});

    expect(records.ndjson().toString()).toBe('{"a":"1","_1":"2","a_2":"3","__proto___3":"4"}\n');
  });

  it('has no records for a header alone', () => {
    expect(parse('id,name\n', {}).records.count).toBe(0);
    expect(parse('\n', {}).records.count).toBe(0);
  });
});

const field = fc.string({ unit: fc.constantFrom('a', '"', ',', ' ', ';', '\t', '日', "'") });

describe('fields of csv', () => {
  it('come out as they went in, whatever is in quotes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field, field), { minLength: 1 }), (rows) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = rows.map((row) => `${row.map(quoted).join(',')}\n`).join('');
        const { records, success } = parse(text, { csv_schema: 'a string,b string,c string' });

        expect(success).toBe(rows.length);
        expect(records.objects()).toEqual(
          rows.map(([a, b, c]) => ({ a: a.trim(), b: b.trim(), c: c.trim() })),
        );
      }),
    );
  });

  it('are dates as they were written, to the second', () => {
    const date = fc.date({
      min: new Date('1970-01-02'),
      max: new Date('2100-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (at) => {
        const iso = at.toISOString();
        const [day, time] = [iso.slice(0, 10), iso.slice(11, 19)];
        const texts = [`${day}T${time}Z`, `${day} ${time}`, `${day.replaceAll('-', '/')} ${time}`];
        const { records } = parse(`${texts.join(',')}\n`, { csv_schema: 'a date,b date,c date' });
        const wanted = `${day}T${time}Z`;

        expect(records.objects()).toEqual([{ a: wanted, b: wanted, c: wanted }]);
      }),
    );
  });
});
