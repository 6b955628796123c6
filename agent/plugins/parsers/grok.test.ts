import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { expandGrok } from './grok/expand.ts';
import { libraryWith } from './grok/library.ts';
import { grokParser } from './grok.ts';

function open(options: Record<string, string>) {
  return grokParser.configure(options).open(pluginContext());
}

function parse(text: string, options: Record<string, string>) {
  return open(options).parse(batchOf(text));
}

function recordOf(line: string, patterns: string, options: Record<string, string> = {}) {
  return parse(`${line}\n`, { grok_patterns: patterns, ...options }).records.objects()[0];
}

describe('the parser grok', () => {
  it('takes an access log apart, with types', () => {
    const line =
      '110.110.101.101 - bob [21/Mar/2017:18:14:17 +0800] "GET /a?b=c HTTP/1.1" 206 607 ' +
      '"-" "curl/8 (x)"';

    expect(recordOf(line, '%{COMBINED_LOG_FORMAT}')).toEqual({
      ...{ client_ip: '110.110.101.101', ident: '-', auth: 'bob' },
      ...{ ts: '2017-03-21T18:14:17+08:00', verb: 'GET', request: '/a?b=c', http_version: 1.1 },
      ...{ resp_code: '206', resp_bytes: 607, referrer: '-', agent: 'curl/8 (x)' },
    });
  });

  it.each([
    { line: 'took 12 ms', patterns: '%{NUMBER:took:long}', record: { took: 12 } },
    { line: 'took 1.5', patterns: '%{NUMBER:took:float}', record: { took: 1.5 } },
    {
      line: 'n 9007199254740993',
      patterns: '%{INT:n:int}',
      record: { n: JSON.rawJSON('9007199254740993') },
    },
    { line: 'took 1.5', patterns: '%{WORD:what} %{NUMBER:took:long}', record: { what: 'took' } },
    { line: 'a b', patterns: '%{WORD:a:drop} %{WORD:b}', record: { b: 'b' } },
    { line: 'x y', patterns: '%{INT:n},%{WORD:a} %{WORD:b}', record: { a: 'x', b: 'y' } },
    { line: '12 y', patterns: '%{INT:n},%{WORD:a} %{WORD:b}', record: { n: '12' } },
    { line: 'a,b', patterns: String.raw`%{WORD:a}\,%{WORD:b}`, record: { a: 'a', b: 'b' } },
    { line: 'aaa,b', patterns: '(?P<a>a{2,3}[,])', record: { a: 'aaa,' } },
    { line: 'say "" "x y"', patterns: '%{QS:a} %{QS:b}', record: { a: '', b: 'x y' } },
    { line: ' x ', patterns: '(?<a>.*)', record: { a: 'x' } },
    { line: '|b', patterns: '(?<x>a*)[|](?<x>b)', record: { x: 'b' } },
    { line: '__proto__', patterns: '(?<a>__)(?<b>proto)', record: { a: '__', b: 'proto' } },
  ])('makes of "$line" by $patterns $record', ({ line, patterns, record }) => {
    expect(recordOf(line, patterns)).toEqual(record);
  });

  it('knows patterns of the user, in the option and in files, which take the place of others', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'grok-'));
    const path = join(dir, 'patterns');
    await writeFile(path, '# of the shop\nITEM item-%{INT:item:long}\nWORD [a-z]+\n');
    const options = {
      grok_patterns: '%{ORDER}',
      grok_custom_pattern_files: path,
      grok_custom_patterns: 'ORDER %{WORD:who} ordered %{ITEM}',
    };

    expect(recordOf('ann ordered item-7', options.grok_patterns, options)).toEqual({
      who: 'ann',
      item: 7,
    });
    expect(grokParser.configure(options).readPaths()).toEqual([path]);
    await rm(dir, { recursive: true });
    expect(() => open(options)).toThrow(`cannot read ${path}`);
  });

  it('takes line breaks for blanks when told to', () => {
    const text = 'one\ntwo\n';
    const batch = { ...batchOf(text), lines: 1, ends: Uint32Array.of(text.length) };
    const patterns = { grok_patterns: '^%{GREEDYDATA:all}$' };

    expect(
      open({ ...patterns, grok_mode: 'multi' })
        .parse(batch)
        .records.objects(),
    ).toEqual([{ all: 'one two' }]);
    expect(open(patterns).parse(batch).errors).toBe(1);
  });

  it('makes the same records as text and as objects, with labels, raw data and what fails', () => {
    const options = {
      ...{ grok_patterns: '%{INT:n:long}', labels: 'team shop', keep_raw_data: 'true' },
      errdata_field: 'bad',
    };
    const batch = batchOf('n=1\n\nnone\nn=9007199254740993\n');
    const parser = open(options);
    const text = parser.parse(batch, 'ndjson');
    const objects = parser.parse(batch, 'objects');

    expect(text.records.ndjson().toString()).toBe(
      '{"n":1,"team":"shop","raw_data":"n=1"}\n' +
        '{"bad":"none","raw_data":"none"}\n' +
        '{"n":9007199254740993,"team":"shop","raw_data":"n=9007199254740993"}\n',
    );
    expect({ ...text, records: null }).toEqual({ ...objects, records: null });
    expect(text.records.ndjson()).toEqual(objects.records.ndjson());
    expect(text).toMatchObject({ success: 2, errors: 1, lineOf: [0, 2, 3] });
    expect(text.lastError).toBe('no grok pattern matches, raw data is: none');
  });

  it('drops what does not match when told to', () => {
    const options = { grok_patterns: '%{INT:n}', disable_record_errdata: 'true' };
    const parsed = open(options).parse(batchOf('x\n1\n'), 'ndjson');

    expect(parsed.records.objects()).toEqual([{ n: '1' }]);
    expect(parsed).toMatchObject({ success: 1, errors: 1, dropped: 1, lineOf: [1] });
  });

  it.each([
    { patterns: '%{NONE:x}', why: 'there is no pattern NONE' },
    { patterns: '%{WORD}', why: 'it has no field' },
    { patterns: '%{WORD:x:number}', why: 'has no type that there is' },
    { patterns: '(?<x>a)(?=b)', why: 'parser grok: the pattern' },
    { patterns: String.raw`(?<x>a)\1`, why: 'parser grok: the pattern' },
    { patterns: '(?<x>a', why: 'parser grok: the pattern' },
    { patterns: '%{LOOP:x}', why: 'the pattern LOOP has itself in it' },
    { patterns: '%{TEN:x}', why: 'longer than 65536 characters' },
  ])('refuses $patterns: $why', ({ patterns, why }) => {
    const ten = (name: string) => Array.from({ length: 10 }, () => `%{${name}}`).join('');
    const own = ['LOOP a%{LOOP}', `TEN ${ten('NINE')}`, `NINE ${ten('SIX')}`];
    const more = [`SIX ${ten('TWO')}`, `TWO ${ten('ONE')}`, `ONE ${'x'.repeat(10)}`];
    const grok_custom_patterns = [...own, ...more].join('\n');

    expect(() => open({ grok_patterns: patterns, grok_custom_patterns })).toThrow(why);
  });

  it('refuses what is no definition of a pattern', () => {
    const options = { grok_patterns: '%{INT:n}', grok_custom_patterns: 'NOTHING' };

    expect(() => open(options)).toThrow('"NOTHING" is no definition');
    expect(() => open({ grok_patterns: ' , ' })).toThrow('must be 1 to 64 patterns');
  });
});

describe('a pattern and a line that are bad for each other', () => {
  const evil = `${'a'.repeat(40)}b`;

  it.each([
    { patterns: '^(?P<x>(?:a+)+)$', good: 'aaa' },
    { patterns: '^(?P<x>(?:a|aa)+)$', good: 'aaa' },
    { patterns: '^(?P<x>(?:a|a?)+)$', good: 'aaa' },
  ])('do not keep the runner: $patterns', ({ patterns, good }) => {
    const parser = open({ grok_patterns: patterns });
    const text = `${good}\n${`${evil}\n`.repeat(5)}${good}\n`;

    expect(parser.parse(batchOf(text), 'ndjson')).toMatchObject({ success: 2, errors: 5 });
    expect(parser.parse(batchOf(text), 'objects')).toMatchObject({ success: 2, errors: 5 });
  });

  it('match after all, by the engine of bounded time', () => {
    const parser = open({ grok_patterns: '^(?P<x>(?:a+)+)$,^(?P<y>.*)$' });

    expect(parser.parse(batchOf(`${evil}\n`)).records.objects()).toEqual([{ y: evil }]);
  });

  it('are not tried where the line is very long', () => {
    const parsed = parse(`1${'x'.repeat(70_000)}\n1\n`, { grok_patterns: '%{INT:n}' });

    expect(parsed).toMatchObject({ success: 1, errors: 1 });
  });
});

describe('the library of patterns', () => {
  const library = libraryWith([]);

  it.each([...library.keys()])('has a pattern %s that can be matched', (name) => {
    const { source } = expandGrok(`%{${name}}`, library);

    expect(() => open({ grok_patterns: `(?P<all>${source})` })).not.toThrow();
  });

  it.each([
    {
      name: 'IP',
      texts: [
        '127.0.0.1',
        '::1',
        'fe80::1',
        '2001:db8::8:800:200c:417a',
        '::ffff:1.2.3.4',
        '1:2:3:4:5:6:7:8',
        'fe80::7:8%eth0',
      ],
    },
    { name: 'HOSTNAME', texts: ['localhost', 'a-b.example.com'] },
    { name: 'MAC', texts: ['00:11:22:aa:bb:cc', '00-11-22-AA-BB-CC', '0011.22aa.bbcc'] },
    { name: 'UUID', texts: ['123e4567-e89b-12d3-a456-426614174000'] },
    { name: 'EMAILADDRESS', texts: ['a.b+c@example.com'] },
    { name: 'NUMBER', texts: ['1', '-1.5', '+.5'] },
    {
      name: 'TIMESTAMP_ISO8601',
      texts: ['2024-01-02T03:04:05.678Z', '2024-01-02 03:04:05,678', '2024-01-02T03:04:05+01:00'],
    },
    { name: 'HTTPDATE', texts: ['10/Oct/2000:13:55:36 -0700'] },
    { name: 'SYSLOGTIMESTAMP', texts: ['Feb  5 10:07:42'] },
    { name: 'DATESTAMP', texts: ['2017/03/28 15:41:06', '28.03.2017 15:41:06'] },
    { name: 'LOGLEVEL', texts: ['INFO', 'warning', 'Error', 'EMERG'] },
    { name: 'UNIXPATH', texts: ['/', '/var/log/app.log'] },
    { name: 'WINPATH', texts: [String.raw`C:\Windows\x`] },
    { name: 'URI', texts: ['https://user:pw@example.com:8080/a/b?c=d&e'] },
    { name: 'QUOTEDSTRING', texts: [String.raw`"a \" b"`, "'x'", '`y`'] },
    { name: 'JAVACLASS', texts: ['com.example.Main$Inner'] },
    { name: 'DURATION', texts: ['12ms', '1.5s', '3µs'] },
  ])('knows $name when it sees one', ({ name, texts }) => {
    for (const text of texts) expect(recordOf(text, `^%{${name}:x}$`)).toBeDefined();
    for (const text of texts) {
      const bare = text.replace(/^"|"$/g, '');
      expect(recordOf(text, `^%{${name}:x}$`)).toMatchObject({ x: bare });
    }
  });

  it.each([
    {
      name: 'SYSLOGLINE',
      line: 'Feb  5 10:07:42 abc sshd[7]: x',
      fields: { pid: '7', program: 'sshd', message: 'x' },
    },
    {
      name: 'HTTPD_ERRORLOG',
      line: '[Mon Oct 11 14:32:52.123 2024] [core:error] [pid 7:tid 8] [client 1.2.3.4:5] AH1: gone',
      fields: { pid: 7, clientip: '1.2.3.4', message: 'gone' },
    },
    {
      name: 'REDISMONLOG',
      line: '1339518083.107412 [0 127.0.0.1:60866] "keys" "*"',
      fields: { command: 'keys', params: '*' },
    },
    {
      name: 'TOMCATLOG',
      line: '2014-01-09 20:03:28,269 -0800 | ERROR | com.example.X - it broke',
      fields: { level: 'ERROR', class: 'com.example.X', logmessage: 'it broke' },
    },
    {
      name: 'RUBY_LOGGER',
      line: 'I, [2024-01-02T03:04:05.1 #7]  INFO -- main: up',
      fields: { pid: '7', progname: 'main', message: 'up' },
    },
    {
      name: 'QINIU_LOG_FORMAT',
      line: '2017/03/28 15:41:06 [abc][INFO] bdc.go:573: deleted: 67608',
      fields: { timestamp: '2017-03-28T15:41:06Z', reqid: 'abc', line: 573, log: 'deleted: 67608' },
    },
    {
      name: 'SQUID3',
      line: '1525334330.556      3 1.2.3.4 TCP_HIT/200 53 GET http://x/ - NONE/- text/html',
      fields: { status_code: '200', url: 'http://x/' },
    },
  ])('takes apart what $name is for', ({ name, line, fields }) => {
    expect(recordOf(line, `%{${name}}`)).toMatchObject(fields);
  });
});
