import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { syslogParser } from './syslog.ts';

function parse(text: string, options = {}, now = Date.UTC(2024, 5, 1)) {
  const context = pluginContext({ clock: new FakeClock(now) });
  return syslogParser.configure(options).open(context).parse(batchOf(text));
}

function recordOf(line: string, options = {}, now?: number) {
  return parse(`${line}\n`, options, now).records.objects()[0];
}

describe('the parser syslog', () => {
  it('reads a message by RFC 5424', () => {
    const line =
      '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 ' +
      String.raw`[exampleSDID@32473 iut="3" eventSource="a \"b\" \] c\d"][x y="z"] ` +
      '\uFEFFAn application event';

    expect(recordOf(line)).toEqual({
      ...{ priority: 165, facility: 20, severity: 5, version: 1 },
      ...{ timestamp: '2003-10-11T22:14:15.003Z', hostname: 'mymachine.example.com' },
      ...{ app_name: 'evntslog', msg_id: 'ID47', message: 'An application event' },
      structured_data: {
        'exampleSDID@32473': { iut: '3', eventSource: String.raw`a "b" ] c\d` },
        x: { y: 'z' },
      },
    });
  });

  it.each([
    { line: '<34>1 - - - - - -', record: { version: 1 } },
    { line: '<34>1 - - - - - - hello', record: { version: 1, message: 'hello' } },
    {
      line: '<34>1 - h a p m - -x',
      record: {
        version: 1,
        hostname: 'h',
        app_name: 'a',
        proc_id: 'p',
        msg_id: 'm',
        message: '-x',
      },
    },
    {
      line: '<34>1 - - - - - [a b="c"]',
      record: { version: 1, structured_data: { a: { b: 'c' } } },
    },
    { line: '<34>1 - - - - - [a b=c] x', record: { version: 1, message: '[a b=c] x' } },
    { line: '<34>1 - - - - - no data', record: { version: 1, message: 'no data' } },
    { line: '17 <34>1 - - - - - -', record: { version: 1 } },
  ])('reads $line', ({ line, record }) => {
    expect(recordOf(line)).toEqual({ priority: 34, facility: 4, severity: 2, ...record });
  });

  it.each([
    {
      line: '<38>Feb  5 10:07:42 abc system[253]: Listening at 0.0.0.0',
      record: {
        timestamp: '2024-02-05T10:07:42Z',
        hostname: 'abc',
        tag: 'system',
        proc_id: '253',
        content: 'Listening at 0.0.0.0',
      },
    },
    {
      line: '<38>Feb 05 10:07:42 abc su: a: b',
      record: { timestamp: '2024-02-05T10:07:42Z', hostname: 'abc', tag: 'su', content: 'a: b' },
    },
    {
      line: '<38>Feb 5 10:07:42 abc no tag here',
      record: { timestamp: '2024-02-05T10:07:42Z', hostname: 'abc', content: 'no tag here' },
    },
    {
      line: '<38>2024-01-02T03:04:05.5+01:00 abc su: x',
      record: {
        timestamp: '2024-01-02T03:04:05.5+01:00',
        hostname: 'abc',
        tag: 'su',
        content: 'x',
      },
    },
    { line: '<38>whatever', record: { content: 'whatever' } },
    { line: '<38>Foo 33 10:07:42 x', record: { content: 'Foo 33 10:07:42 x' } },
  ])('reads $line by RFC 3164', ({ line, record }) => {
    expect(recordOf(line)).toEqual({ priority: 38, facility: 4, severity: 6, ...record });
  });

  it('reads a line of a file, which has no priority', () => {
    expect(recordOf('Feb 05 10:07:42 abc cron[7]: x')).toEqual({
      ...{ timestamp: '2024-02-05T10:07:42Z', hostname: 'abc' },
      ...{ tag: 'cron', proc_id: '7', content: 'x' },
    });
  });

  it.each([
    { now: Date.UTC(2024, 0, 1, 0, 0, 5), text: 'Dec 31 23:59:58', time: '2023-12-31T23:59:58Z' },
    { now: Date.UTC(2023, 11, 31, 23), text: 'Jan  1 07:00:00', time: '2024-01-01T07:00:00Z' },
    { now: Date.UTC(2025, 0, 1), text: 'Feb 29 07:00:00', time: '2024-02-29T07:00:00Z' },
  ])('takes $text for $time', ({ now, text, time }) => {
    expect(recordOf(`<1>${text} h t: x`, {}, now)?.['timestamp']).toBe(time);
  });

  it('reads the year, moves times by hours, and says facility and severity in words', () => {
    const options = {
      ...{ rfc3164_parse_year: 'true', timezone_offset: '-8' },
      ...{ facility_detail: 'true', severity_detail: 'true' },
    };

    expect(recordOf('<34>Oct 11 22:14:15 2019 m su: x', options)).toMatchObject({
      timestamp: '2019-10-11T14:14:15Z',
      facility: 'security/authorization messages',
      severity: 'Critical: critical conditions',
    });
  });

  it.each([
    { line: 'nothing of the kind', options: {}, why: 'neither a priority' },
    { line: '<192>Feb 05 10:07:42 a b: c', options: {}, why: 'neither a priority' },
    { line: '<34>1 yesterday h a p m - x', options: {}, why: 'none by RFC 3339' },
    { line: '<34>1 - h', options: {}, why: 'ends before its app_name' },
    { line: '<34>1 -  a p m - x', options: {}, why: 'hostname is empty' },
    {
      line: '<34>Feb 05 10:07:42 a b: c',
      options: { syslog_rfc: 'rfc5424' },
      why: 'version is no number',
    },
    { line: 'x', options: { syslog_rfc: 'rfc6587' }, why: 'does not begin with a priority' },
  ])('does not read $line: $why', ({ line, options, why }) => {
    const { records, errors, lastError } = parse(`${line}\n`, options);

    expect(records.objects()).toEqual([{ pandora_stash: line }]);
    expect(errors).toBe(1);
    expect(lastError).toContain(why);
  });

  it('takes an event of several lines for one message, but not of too many', () => {
    const text = '<34>1 - h a p m - one\ntwo\nthree\n';
    const batch = { ...batchOf(text), lines: 1, ends: Uint32Array.of(text.length) };
    const open = (options: Record<string, string>) =>
      syslogParser.configure(options).open(pluginContext()).parse(batch);

    expect(open({}).records.objects()[0]).toMatchObject({ message: 'one\ntwo\nthree' });
    expect(open({ syslog_maxline: '2' }).lastError).toContain('it has 3 lines');
  });

  it('reads structured data as it was written', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'B', '0', '@', '-'), minLength: 1 });
    const value = fc.string({ unit: fc.constantFrom('x', ' ', '"', '\\', ']', '[', '日') });
    const data = fc.dictionary(name, fc.dictionary(name, value), { minKeys: 1 });
    fc.assert(
      fc.property(data, (elements) => {
        const text = Object.entries(elements).map(([id, values]) => {
          const parameters = Object.entries(values).map(
            ([key, each]) => ` ${key}="${each.replace(/["\\\]]/g, String.raw`\$&`)}"`,
          );
          return `[${id}${parameters.join('')}]`;
        });

        expect(recordOf(`<34>1 - h a p m ${text.join('')} x`)?.['structured_data']).toEqual(
          elements,
        );
      }),
    );
  });
});
