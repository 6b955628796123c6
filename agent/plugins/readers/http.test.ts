import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PluginOptions } from '../../../shared/domain/runner-config.ts';
import { freePort } from '../../../test/support/fleet-process.ts';
import { makePrivateCa, type PrivateCa } from '../../../test/support/private-ca.ts';
import { Pulled } from '../../../test/support/pulled.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { httpReader } from './http.ts';

let reading: Pulled | null = null;
let port = 0;
let url = '';

afterEach(async () => {
  await reading?.stop();
  reading = null;
});

describe('the http reader', () => {
  it('answers 200 only when what was posted is settled, and waits for no more to be posted', async () => {
    const pulled = await started({}, { lingerMs: 600_000 });
    let status = 0;
    const posted = post('{"a":1}\n{"a":2}').then((response) => (status = response.status));

    const batch = await pulled.next();
    expect(batch).toMatchObject({ lines: 2, origin: `127.0.0.1:${port}/logkit/data` });
    expect(batch.bytes.toString()).toBe('{"a":1}\n{"a":2}\n');
    expect(status).toBe(0);

    batch.settled?.();
    expect(await posted).toBe(200);
  });

  it('puts what waits into one batch, and answers each client', async () => {
    const pulled = await started();
    const answers = Promise.all([1, 2, 3, 4].map((n) => post(`line ${n}\n`)));
    await waitFor('all of them', () => pulled.reader.lag().bytes === 4 * 7);

    // The first may have been pulled alone only if somebody had pulled.
    const batch = await pulled.next();
    batch.settled?.();
    const statuses = (await answers).map(({ status }) => status);

    expect(batch.lines).toBe(4);
    expect(statuses).toEqual([200, 200, 200, 200]);
  });

  it('answers when the last batch of a long body is settled', async () => {
    const pulled = await started({}, { bytes: 10_000 });
    const body = Array.from({ length: 5_000 }, (_, n) => `line ${n}`).join('\n');
    let isAnswered = false;
    const posted = post(body).then((response) => {
      isAnswered = true;
      return response.status;
    });

    let text = '';
    for (let lines = 0; lines < 5_000; ) {
      const batch = await pulled.next();
      expect(batch.bytes.length).toBeLessThanOrEqual(10_000);
      expect(isAnswered).toBe(false);
      text += batch.bytes.toString();
      lines += batch.lines;
      batch.settled?.();
    }
    expect(text).toBe(`${body}\n`);
    expect(await posted).toBe(200);
  });

  it('does not mix what came in by different paths', async () => {
    const pulled = await started({ http_service_path: '/a, /b' });
    const answers = Promise.all([post('1', '/a?x=1'), post('2', '/b')]);
    await waitFor('both', () => pulled.reader.lag().bytes === 4);

    const batches = [await pulled.next(), await pulled.next()];
    for (const { settled } of batches) settled?.();
    await answers;
    const seen = batches.map(({ origin, bytes }) => `${origin} ${bytes.toString()}`).toSorted();
    expect(seen).toEqual([`127.0.0.1:${port}/a 1\n`, `127.0.0.1:${port}/b 2\n`]);
  });

  it.each([
    { how: 'content-encoding', headers: { 'content-encoding': 'gzip' } },
    { how: 'content-type', headers: { 'content-type': 'application/gzip' } },
  ])('unpacks what says that it is gzip by its $how', async ({ headers }) => {
    const pulled = await started();
    const posted = post(gzipSync('one\ntwo\n'), '/logkit/data', headers);

    const batch = await pulled.next();
    batch.settled?.();
    expect(batch.bytes.toString()).toBe('one\ntwo\n');
    expect((await posted).status).toBe(200);
  });

  it('has nothing to wait for when nothing was posted', async () => {
    await started();
    const response = await post('');

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({});
  });

  it('says 503 when it takes too long until a batch is settled, and takes back what waits', async () => {
    const pulled = await started({ http_settle_timeout: '50ms' });
    const response = await post('late');

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(pulled.reader.lag().bytes).toBe(0);
  });

  it('says 429 while too much waits, and takes more once there is room', async () => {
    const pulled = await started({ http_max_waiting_size: '1000' });
    const first = post('x'.repeat(600));
    await waitFor('the first', () => pulled.reader.lag().bytes > 0);

    const second = await post('y'.repeat(600));
    expect(second.status).toBe(429);
    expect(second.headers.get('retry-after')).toBe('1');

    (await pulled.next()).settled?.();
    expect((await first).status).toBe(200);
    const third = post('z'.repeat(600));
    (await pulled.next()).settled?.();
    expect((await third).status).toBe(200);
  });

  it('still counts what was answered as late as waiting, while it is handed out', async () => {
    const pulled = await started({ http_max_waiting_size: '1000', http_settle_timeout: '50ms' });
    const first = post('x'.repeat(600));
    const batch = await pulled.next();
    expect((await first).status).toBe(503);

    expect((await post('y'.repeat(600))).status).toBe(429);
    batch.settled?.();
    expect((await post('y'.repeat(600))).status).toBe(503);
  });

  it('refuses a body that is too long, also when it is so only unpacked', async () => {
    await started({ http_max_body_size: '1000' });

    expect((await post('x'.repeat(1_001))).status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(100_000));
    expect((await post(bomb, '/logkit/data', { 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await post(chunks(20, 100))).status).toBe(413);
  });

  it.each([
    { why: 'a wrong path', path: '/other', init: {}, status: 404 },
    { why: 'a wrong method', path: '/logkit/data', init: { method: 'PUT' }, status: 405 },
    {
      why: 'an unknown packing',
      path: '/logkit/data',
      init: { headers: { 'content-encoding': 'br' } },
      status: 415,
    },
    {
      why: 'a body that is no gzip',
      path: '/logkit/data',
      init: { headers: { 'content-encoding': 'gzip' } },
      status: 400,
    },
  ])('answers $status to $why', async ({ path, init, status }) => {
    await started();
    const response = await fetch(`${url}${path}`, { method: 'POST', body: 'x', ...init });

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: expect.any(String) });
  });

  it('takes only what comes with the right password or token, when there are some', async () => {
    const secrets = { http_username: 'me', http_password: 'a:b c', http_token: 'secret' };
    const pulled = await started(secrets);
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    const status = async (authorization?: string) =>
      (await post('', '/logkit/data', authorization === undefined ? {} : { authorization })).status;

    expect(await status()).toBe(401);
    expect(await status('Bearer wrong')).toBe(401);
    expect(await status(basic('me:wrong'))).toBe(401);
    expect(await status(basic('me:a:b c'))).toBe(200);
    expect(await status('bearer secret')).toBe(200);
    expect((await post('x')).headers.get('www-authenticate')).toBe('Bearer, Basic realm="logs"');
    expect(pulled.reader.lag().bytes).toBe(0);
  });

  it('closes connections beyond those it may have', async () => {
    await started({ http_max_connections: '3' });
    let closed = 0;
    const sockets = Array.from({ length: 6 }, () => connect(port, '127.0.0.1'));
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.once('close', () => (closed += 1));
    }

    await waitFor('three to be closed', () => closed >= 3);
    for (const socket of sockets) socket.destroy();
    await waitFor('room', async () => (await post('')).status === 200);
  });

  it('lets the batch on its way be settled when it stops, and sends others away', async () => {
    const pulled = await started();
    const first = post('first');
    const batch = await pulled.next();
    const second = post('second');
    await waitFor('the second', () => pulled.reader.lag().bytes > 0);

    const stopped = pulled.stop();
    expect((await second).status).toBe(503);
    batch.settled?.();
    expect((await first).status).toBe(200);
    await stopped;
    await expect(post('x')).rejects.toThrow();
  });

  it('forgets a client that goes away before it is handed out', async () => {
    const pulled = await started();
    const impatient = new AbortController();
    const posted = fetch(`${url}/logkit/data`, {
      ...{ method: 'POST', body: 'x', signal: impatient.signal },
    }).catch(() => 'gone');
    await waitFor('the line', () => pulled.reader.lag().bytes === 2);
    impatient.abort();

    expect(await posted).toBe('gone');
    await waitFor('nothing', () => pulled.reader.lag().bytes === 0);
  });

  it('cuts lines that are too long, and counts them', async () => {
    const pulled = await started({}, { lineBytes: 4 });
    const posted = post('123456\nab');
    const batch = await pulled.next();
    batch.settled?.();
    await posted;

    expect(batch.bytes.toString()).toBe('1234\nab\n');
    expect(pulled.reader.counts?.().cutLines).toBe(1);
  });

  it('says why it cannot listen', async () => {
    await started();
    const other = new Pulled(httpReader, { http_service_address: `127.0.0.1:${port}` });

    await expect(other.next()).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: the address is already in use`,
    );
  });

  it.each([
    { options: { http_service_address: 'nowhere' }, why: '"nowhere" is no address' },
    { options: { http_service_path: 'data' }, why: 'must be paths that begin with "/"' },
    { options: { http_service_address: 'https://:4000' }, why: 'go together' },
    { options: { http_tls_cert: '/x' }, why: 'http_tls_cert and http_tls_key go together' },
  ])('refuses $options', ({ options, why }) => {
    expect(() => httpReader.configure(options)).toThrow(why);
  });
});

describe('the http reader with TLS', () => {
  let dir = '';
  let files: PrivateCa;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'http-tls-'));
    files = makePrivateCa(dir);
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('speaks https, and asks for a certificate where one is wanted', async () => {
    const { ca, cert, key } = files;
    await started({
      ...{ http_tls_cert: cert, http_tls_key: key, http_tls_client_ca: ca },
      http_service_address: 'https://127.0.0.1:0',
    });
    const own = { cert: await readFile(cert), key: await readFile(key) };

    expect(await postTls({ ca: await readFile(ca), ...own })).toBe(200);
    await expect(postTls({ ca: await readFile(ca) })).rejects.toThrow();
  });
});

async function started(options: PluginOptions = {}, limits = {}): Promise<Pulled> {
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const { http_service_address: address = '127.0.0.1:0' } = options;
  const at = { http_service_address: address.replace(/:0$/, `:${port}`) };
  reading = new Pulled(httpReader, { ...options, ...at }, { limits });
  const first = reading.next();
  await waitFor('the port', async () => isOpen());
  first.catch(() => undefined);
  if (address.startsWith('https')) return reading;
  // It listens only while it is pulled: this first line makes the test its own master.
  const { http_service_path: paths = '/logkit/data', http_token: token = '' } = options;
  const [path] = paths.split(',', 1);
  const posted = post('0', path, token === '' ? {} : { authorization: `Bearer ${token}` });
  (await first).settled?.();
  await posted;
  return reading;
}

function isOpen(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function post(
  body: string | Buffer | ReadableStream,
  path = '/logkit/data',
  headers = {},
): Promise<Response> {
  return fetch(`${url}${path}`, { method: 'POST', body, headers, duplex: 'half' });
}

function chunks(count: number, bytes: number): ReadableStream {
  let left = count;
  return new ReadableStream({
    pull(controller) {
      left -= 1;
      if (left < 0) controller.close();
      else controller.enqueue(Buffer.alloc(bytes, 'x'));
    },
  });
}

function postTls(options: object): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const given = { host: '127.0.0.1', port, path: '/logkit/data', method: 'POST', ...options };
    const request = httpsRequest(given, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    request.end();
  });
}
