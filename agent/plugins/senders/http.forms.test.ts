import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createPoolClient } from '../../../shared/client/pool-client.ts';
import { HttpRecorder } from '../../../test/support/http-recorder.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { makePrivateCa } from '../../../test/support/private-ca.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import type { LogRecord } from '../plugin.ts';
import { httpSender } from './http.ts';

const never = new AbortController().signal;
const http = createPoolClient({ userAgent: 'test' });

describe('the sender http, beyond plain JSON', () => {
  let server: HttpRecorder;

  afterEach(() => server.close());

  async function post(records: LogRecord[], options: Record<string, string>) {
    server = await HttpRecorder.open(() => ({ status: 200 }));
    await send(server.url, records, options);
    return server.received[0];
  }

  async function send(url: string, records: LogRecord[], options: Record<string, string>) {
    const configured = httpSender.configure({ http_sender_url: url, ...options });
    const sender = await configured.open(pluginContext({ http }));
    try {
      await sender.send(new ObjectRecords(records), never, { key: 'k1' });
    } finally {
      await sender.close();
    }
  }

  it.each([
    { options: {}, body: 'a\tb\n1\t\n\t"x\ty"' },
    { options: { http_sender_csv_split: ',' }, body: 'a,b\n1,\n,x\ty' },
    { options: { http_sender_csv_head: 'false' }, body: '1\t\n\t"x\ty"' },
  ])('posts csv with $options', async ({ options, body }) => {
    const records = [{ a: 1 }, { b: 'x\ty' }];

    const received = await post(records, { http_sender_protocol: 'csv', ...options });

    expect(received?.body).toBe(body);
    expect(received?.headers['content-type']).toBe('text/plain');
  });

  it.each([
    { protocol: 'json', body: '{"x":"1 a\\"b","y":{"n":2}}\n{"x":" ","y":null}' },
    { protocol: 'body_json', body: '[{"x":"1 a\\"b","y":{"n":2}},{"x":" ","y":null}]' },
  ])('fills a template for $protocol', async ({ protocol, body }) => {
    const records = [{ id: 1, name: 'a"b', deep: { in: { n: 2 } } }, {}];
    const options = {
      http_sender_protocol: protocol,
      http_sender_template: '{"x":"{{id}} {{ name }}","y":{{deep.in}}}',
    };

    expect((await post(records, options))?.body).toBe(body);
  });

  it('writes JSON that is safe in HTML when told to', async () => {
    const records = [{ a: '<b>&\u2028é', c: 1 }];

    const received = await post(records, { http_sender_escape_html: 'true' });

    expect(received?.body).toBe('{"a":"\\u003cb\\u003e\\u0026\\u2028é","c":1}');
    expect(JSON.parse(received?.body ?? '')).toEqual(records[0]);
  });

  it.each([
    {
      options: { auth_username: 'me', auth_password: 'pw' },
      authorization: `Basic ${Buffer.from('me:pw').toString('base64')}`,
    },
    { options: { auth_token: 't1', auth_username: 'me' }, authorization: 'Bearer t1' },
    { options: { headers: '{"Authorization":"Key k"}' }, authorization: 'Key k' },
  ])('authenticates with $options', async ({ options, authorization }) => {
    expect((await post([{ a: 1 }], options))?.headers.authorization).toBe(authorization);
  });

  it('sends more headers, also instead of its own', async () => {
    const headers = '{"X-Team":"infra","Content-Type":"application/x-ndjson"}';

    const received = await post([{ a: 1 }], { headers });

    expect(received?.headers).toMatchObject({
      'x-team': 'infra',
      'content-type': 'application/x-ndjson',
    });
  });

  it.each([
    { status: 429, header: '7', waitMs: 7_000 },
    { status: 503, header: '0', waitMs: 0 },
    { status: 503, header: 'soon', waitMs: undefined },
  ])('tells that a server with status $status wants $header', async (row) => {
    const headers = { 'retry-after': row.header };
    server = await HttpRecorder.open(() => ({ status: row.status, headers }));

    const details = {
      status: row.status,
      ...(row.waitMs !== undefined && { retryAfterMs: row.waitMs }),
    };
    await expect(send(server.url, [{ a: 1 }], {})).rejects.toMatchObject({
      kind: 'unavailable',
      details,
    });
  });

  describe('over TLS', () => {
    let folder: string;

    afterEach(() => rm(folder, { recursive: true }));

    async function serve() {
      folder = await mkdtemp(join(tmpdir(), 'sender-tls-'));
      const paths = makePrivateCa(folder);
      const [ca, cert, key] = await Promise.all(
        [paths.ca, paths.cert, paths.key].map((path) => readFile(path, 'utf8')),
      );
      const tls = { ca, cert, key, requestCert: true, rejectUnauthorized: true };
      server = await HttpRecorder.open(() => ({ status: 200 }), tls);
      return { ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
    }

    it('trusts the given authority and shows its own certificate', async () => {
      const { ca, cert, key } = await serve();
      const shown = { tls_cert: cert, tls_key: key };

      await send(server.url, [{ a: 1 }], { tls_ca: ca, ...shown });
      await send(server.url, [{ a: 2 }], { tls_insecure: 'true', ...shown });

      expect(server.received.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":2}']);
      await expect(send(server.url, [{ a: 3 }], shown)).rejects.toMatchObject({
        kind: 'unavailable',
        message: expect.stringContaining('unknown authority'),
      });
      await expect(send(server.url, [{ a: 3 }], { tls_ca: ca })).rejects.toMatchObject({
        kind: 'unavailable',
      });
    });
  });
});
