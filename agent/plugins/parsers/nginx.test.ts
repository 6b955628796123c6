import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { nginxParser } from './nginx.ts';

const LINE =
  '10.0.0.7 - bob [10/Oct/2024:13:55:36 +0200] "GET /a?b=\\x22 HTTP/1.1" 200 512 "-" "curl/8 (x)"';

function parse(text: string, options: Record<string, string> = {}) {
  return nginxParser.configure(options).open(pluginContext()).parse(batchOf(text));
}

describe('the parser nginx', () => {
  it('knows the format combined', () => {
    const { records, success, lineOf } = parse(`${LINE}\n\n${LINE}\r\n`);
    const record = {
      remote_addr: '10.0.0.7',
      remote_user: 'bob',
      time_local: '10/Oct/2024:13:55:36 +0200',
      request: 'GET /a?b=\\x22 HTTP/1.1',
      status: '200',
      body_bytes_sent: '512',
      http_referer: '-',
      http_user_agent: 'curl/8 (x)',
    };

    expect(records.objects()).toEqual([record, record]);
    expect({ success, lineOf }).toEqual({ success: 2, lineOf: [0, 2] });
  });

  it('reads fields by the schema', () => {
    const schema =
      'time_local date,status:long,body_bytes_sent float, http_referer long,remote_user long';
    const [record] = parse(`${LINE}\n`, { nginx_schema: schema }).records.objects();

    expect(record).toMatchObject({
      ...{ time_local: '2024-10-10T13:55:36+02:00', status: 200 },
      ...{ body_bytes_sent: 512, http_referer: 0 },
    });
    // "bob" is no number.
    expect(record).not.toHaveProperty('remote_user');
  });

  it.each([
    { options: {}, records: [{ pandora_stash: 'no access' }], dropped: 0 },
    { options: { disable_record_errdata: 'true' }, records: [], dropped: 1 },
  ])('makes $records of a line that does not match', ({ options, records, dropped }) => {
    const parsed = parse('no access\n', options);

    expect(parsed.records.objects()).toEqual(records);
    expect(parsed).toMatchObject({ success: 0, errors: 1, dropped });
    expect(parsed.lastError).toContain('raw data is: no access');
  });

  it('keeps a line over several for one', () => {
    const batch = { ...batchOf('a\nb\n'), ends: Uint32Array.of(4) };
    const { records } = nginxParser.configure({}).open(pluginContext()).parse(batch);

    expect(records.objects()).toEqual([{ pandora_stash: 'a\nb' }]);
  });

  it('takes named groups of a pattern, whatever other groups there are', () => {
    const regex = String.raw`^(\d+) (?P<method>GET|PUT) ((?P<path>/\S*))(?P<query>\?.*)?$`;
    const { records } = parse('1 GET /x\n', { nginx_log_format_regex: regex });

    expect(records.objects()).toEqual([{ method: 'GET', path: '/x', query: '' }]);
  });

  it.each([
    { options: { nginx_log_format_name: 'main' }, why: 'nginx_log_format_path: is required' },
    { options: { nginx_log_format_regex: '(' }, why: 'is no pattern for lines' },
    { options: { nginx_log_format_regex: '^a$' }, why: 'it has no named group' },
    { options: { nginx_schema: 'status int' }, why: '"status int" is no field' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => nginxParser.configure(options)).toThrow(why);
  });
});

describe('the parser nginx with a configuration of nginx', () => {
  const dir = mkdtempSync(join(tmpdir(), 'nginx-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  function open(configuration: string, name: string) {
    const path = join(dir, 'nginx.conf');
    writeFileSync(path, configuration);
    const options = { nginx_log_format_path: path, nginx_log_format_name: name };
    const configured = nginxParser.configure(options);
    expect(configured.readPaths()).toEqual([path]);
    return configured.open(pluginContext());
  }

  it('takes the format of the name, over several lines', () => {
    const parser = open(
      `http {
        # log_format main '$wrong';
        log_format other '$wrong';
        log_format main escape=default '$remote_addr [$time_local] '
                        "\\"$request\\" \${status};$request_time";
        access_log /var/log/x main;
      }`,
      'main',
    );

    expect(parser.parse(batchOf('::1 [now] "GET / HTTP/2" 200;0.1\n')).records.objects()).toEqual([
      {
        remote_addr: '::1',
        time_local: 'now',
        request: 'GET / HTTP/2',
        status: '200',
        request_time: '0.1',
      },
    ]);
  });

  it.each([
    { configuration: '', why: 'has no log_format "main"' },
    { configuration: "log_format main '$a$b';", why: '$a and $b have nothing between them' },
    { configuration: "log_format main '$a $a';", why: '$a is there twice' },
    { configuration: "log_format main 'x';", why: 'it names no variable' },
  ])('refuses "$configuration": $why', ({ configuration, why }) => {
    expect(() => open(configuration, 'main')).toThrow(why);
  });

  it('refuses a file that is not there', () => {
    const options = { nginx_log_format_path: join(dir, 'none'), nginx_log_format_name: 'main' };

    expect(() => nginxParser.configure(options).open(pluginContext())).toThrow('cannot read');
  });

  it('gives up a line that does not match in one pass', () => {
    const format = Array.from({ length: 30 }, (_, index) => `"$v${index}"`).join(' ');
    const parser = open(`log_format main '${format}';`, 'main');

    const { errors } = parser.parse(batchOf(`${'"" '.repeat(20_000)}\n`));

    expect(errors).toBe(1);
  });
});
