import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { crc32, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPoolClient } from '../../../shared/client/pool-client.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { openRawServer } from '../../../test/support/raw-server.ts';
import { withoutBlankLines } from '../../records/blank-lines.ts';
import { JsonTextRecords } from '../../records/json-text-records.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { RawRecords } from '../../records/raw-records.ts';
import type { Sender } from '../plugin.ts';
import { httpSender } from './http.ts';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const never = new AbortController().signal;
const RECORDS = new ObjectRecords([{ a: 1 }, { b: '<é>' }]);

describe('the sender http', () => {
  const http = createPoolClient({ userAgent: 'test' });
  let server: Server;
  let host: string;
  let received: Received[];
  let answer: { status: number; body: string } | null;

  beforeEach(async () => {
    received = [];
    answer = { status: 200, body: 'ok' };
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        received.push({ method, url, headers, body: Buffer.concat(chunks) });
        if (answer !== null) response.writeHead(answer.status).end(answer.body);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  function open(options: Record<string, string>): Promise<Sender> {
    const configured = httpSender.configure({ http_sender_url: `http://${host}/data`, ...options });
    return configured.open(pluginContext({ http }));
  }

  it.each([
    { protocol: 'raw', line: 'one of many lines' },
    { protocol: 'json', line: '{"a":"one of many"}' },
  ])(
    'is done with the bytes of a batch as $protocol once the server has accepted it',
    async ({ protocol, line }) => {
      const lines = `${line}\n`.repeat(8_000_000 / line.length);
      const bytes = Buffer.from(lines);
      const count = lines.length / (line.length + 1);
      const records =
        protocol === 'raw'
          ? new RawRecords(withoutBlankLines({ bytes, ends: null }), {})
          : new JsonTextRecords({ ndjson: bytes, count, hasInexact: false });
      const wanted = crc32(protocol === 'raw' ? bytes : bytes.subarray(0, -1));
      const early = await openRawServer((socket, chunk) => {
        if (chunk > 1) return;
        socket.pause();
        const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
        socket.write(answer, () => setTimeout(() => socket.resume(), 20));
      });
      const sender = await open({
        http_sender_url: `http://127.0.0.1:${early.port}/`,
        http_sender_protocol: protocol,
      });

      await sender.send(records, never, { key: 'k1' });
      bytes.fill('x');

      const body = () => early.requests.join('').replace(/^.*?\r\n\r\n/s, '');
      await expect.poll(() => crc32(body())).toBe(wanted);
      await early.close();
    },
  );

  it.each([
    { protocol: 'json', body: '{"a":1}\n{"b":"<é>"}', type: 'application/json' },
    { protocol: 'body_json', body: '[{"a":1},{"b":"<é>"}]', type: 'application/json' },
  ])('posts $protocol', async ({ protocol, body, type }) => {
    const sender = await open({ http_sender_protocol: protocol });

    const acceptance = await sender.send(RECORDS, never, { key: 'k1' });

    expect(acceptance.positions).toEqual([]);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', url: '/data' });
    expect(received[0]?.body.toString()).toBe(body);
    expect(received[0]?.headers['content-type']).toBe(type);
    expect(received[0]?.headers).not.toHaveProperty('authorization');
    await sender.close();
  });

  it('posts lines as they came', async () => {
    const sender = await open({ http_sender_protocol: 'raw' });

    await sender.send(
      new RawRecords(withoutBlankLines({ bytes: Buffer.from('a\nb\n'), ends: null }), {}),
      never,
      { key: 'k1' },
    );

    expect(received[0]?.body.toString()).toBe('a\nb\n');
    expect(received[0]?.headers['content-type']).toBe('text/plain');
  });

  it('compresses when told to', async () => {
    await (await open({ http_sender_gzip: 'true' })).send(RECORDS, never, { key: 'k1' });

    expect(received[0]?.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(received[0]?.body ?? '').toString()).toBe('{"a":1}\n{"b":"<é>"}');
  });

  it('posts nothing for a batch without records', async () => {
    await (await open({})).send(new ObjectRecords([]), never, { key: 'k1' });

    expect(received).toEqual([]);
  });

  it.each([{ status: 200 }, { status: 201 }, { status: 204 }, { status: 299 }])(
    'takes status $status for success',
    async ({ status }) => {
      answer = { status, body: '' };

      await expect((await open({})).send(RECORDS, never, { key: 'k1' })).resolves.toMatchObject({
        positions: [],
      });
    },
  );

  it.each([
    { status: 400, kind: 'invalid' },
    { status: 404, kind: 'invalid' },
    { status: 302, kind: 'invalid' },
    { status: 408, kind: 'unavailable' },
    { status: 429, kind: 'unavailable' },
    { status: 500, kind: 'unavailable' },
    { status: 503, kind: 'unavailable' },
  ])('takes status $status for $kind', async ({ status, kind }) => {
    answer = { status, body: `${'x'.repeat(200)}END` };

    await expect((await open({})).send(RECORDS, never, { key: 'k1' })).rejects.toMatchObject({
      kind,
      message: `http://${host}/data answered with status ${status}: ${'x'.repeat(200)}`,
    });
  });

  it('takes a server that does not answer in time for a time-out', async () => {
    answer = null;
    // Long enough to connect on a slow machine: a server that is not reached is another failure.
    const sender = await open({ http_sender_timeout: '1s' });

    await expect(sender.send(RECORDS, never, { key: 'k1' })).rejects.toMatchObject({
      kind: 'timeout',
    });
  });

  it('takes a server that is not there for unavailable', async () => {
    server.close();
    await once(server, 'close');

    await expect((await open({})).send(RECORDS, never, { key: 'k1' })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('connection refused'),
    });
  });

  it('stops when told to', async () => {
    answer = null;
    const stop = new AbortController();
    const sending = (await open({})).send(RECORDS, stop.signal, { key: 'k1' });
    await expect.poll(() => received.length).toBe(1);
    stop.abort();

    await expect(sending).rejects.toMatchObject({ kind: 'unavailable', message: 'aborted' });
  });

  it('sends the user name and password of its URL, and shows them nowhere', async () => {
    const sender = await open({ http_sender_url: `http://m%40e:s%3Acret%@${host}/data` });
    answer = { status: 500, body: 'no' };

    const sending = sender.send(RECORDS, never, { key: 'k1' });

    await expect(sending).rejects.toMatchObject({
      message: `http://${host}/data answered with status 500: no`,
    });
    const basic = Buffer.from('m@e:s%3Acret%').toString('base64');
    expect(received[0]?.headers.authorization).toBe(`Basic ${basic}`);
    expect(sender.name).toBe(`httpSender_http://${host}/data_`);
  });

  it.each([
    { options: { http_sender_url: 'http://h:1/x' }, name: 'httpSender_http://h:1/x_' },
    { options: { http_sender_url: 'h:1' }, name: 'httpSender_http://h:1_' },
    { options: { http_sender_url: 'https://h', name: 'sink' }, name: 'sink' },
  ])('is called $name with $options', async ({ options, name }) => {
    expect((await open(options)).name).toBe(name);
  });

  it.each([
    { options: { http_sender_url: '' }, why: 'http_sender_url: is empty' },
    { options: { http_sender_url: 'ftp://me:secret@h' }, why: 'is no http or https URL' },
    { options: { http_sender_url: 'http://me:secret@' }, why: 'is no http or https URL' },
    { options: { http_sender_protocol: 'xml' }, why: 'must be json, body_json, csv or raw' },
    { options: { http_sender_timeout: 'soon' }, why: 'http_sender_timeout: must be a duration' },
    { options: { http_sender_template: '{"a": {{a}' }, why: 'is no JSON once' },
    {
      options: { http_sender_template: '{"a": {{a}}}', http_sender_protocol: 'csv' },
      why: 'http_sender_template: is for the protocols json and body_json',
    },
    { options: { tls_ca: '/etc/ca.pem' }, why: 'tls_ca: must be the text of a PEM file' },
    { options: { headers: '{"X-Key": "secret' }, why: 'headers: must be a JSON object' },
    { options: { headers: '{"Content-Length": "1"}' }, why: 'headers: must be a JSON object' },
    { options: { headers: '{"X": "a\\nsecret"}' }, why: 'headers: must be a JSON object' },
  ])('refuses $options: $why', ({ options, why }) => {
    const configure = () => httpSender.configure({ http_sender_url: 'http://h', ...options });

    expect(configure).toThrow(why);
    expect(configure).not.toThrow('secret');
  });

  it('needs a URL', () => {
    expect(() => httpSender.configure({})).toThrow('http_sender_url: is required');
  });
});
