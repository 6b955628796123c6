import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, type ClientRequest, get, type RequestListener } from 'node:http';
import { get as getTls } from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { allText, rawConnect } from '../../test/support/raw-socket.ts';
import { systemClock as clock } from '../kernel/clock.ts';
import { type Listening, type ListenOptions, listen } from './listen.ts';

const log = pino({ level: 'silent' });
const hello: RequestListener = (_request, response) => response.end('hello');
const opened: Listening[] = [];

async function open(
  listener: RequestListener,
  options: Partial<ListenOptions> = {},
): Promise<Listening> {
  const listening = await listen(listener, { host: '127.0.0.1', port: 0, clock, log, ...options });
  opened.push(listening);
  return listening;
}

afterAll(() => Promise.all(opened.map((listening) => listening.close(0))));

/** A listener that answers when it is told to. */
function patient() {
  const asked = Promise.withResolvers<undefined>();
  const gate = Promise.withResolvers<undefined>();
  const listener: RequestListener = (_request, response) => {
    asked.resolve(undefined);
    void gate.promise.then(() => response.end('late'));
  };
  return { listener, asked: asked.promise, answer: () => gate.resolve(undefined) };
}

/** The status of an answer, once all of it is there. */
function statusOf(call: ClientRequest): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    call.on('error', reject);
    call.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
  });
}

describe('listen', () => {
  it('takes a free port and says which', async () => {
    const { port, host } = await open(hello);

    expect(host).toBe('127.0.0.1');
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('hello');
  });

  it('listens on all interfaces when the host is empty', async () => {
    const { port } = await open(hello, { host: '' });
    const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
    const addresses = own.filter(({ family }) => family === 'IPv4').map(({ address }) => address);

    for (const address of addresses) {
      expect(await (await fetch(`http://${address}:${port}`)).text()).toBe('hello');
    }
  });

  it('takes the first free port of a range', async () => {
    const { port } = await open(hello);
    const next = await open(hello, { port: { from: port, to: port + 20 } });

    expect(next.port).toBeGreaterThan(port);
    expect(next.port).toBeLessThanOrEqual(port + 20);
  });

  it('says what to do when the port is taken', async () => {
    const { port } = await open(hello);

    await expect(open(hello, { port })).rejects.toMatchObject({
      kind: 'conflict',
      message: `cannot listen on 127.0.0.1:${port}: address already in use; stop the other program or set bind_host`,
    });
    await expect(open(hello, { port: { from: port, to: port } })).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it.each<{ host: string; kind: string; message: RegExp }>([
    { host: '203.0.113.7', kind: 'invalid', message: /^cannot listen on 203.0.113.7:0: this ma/ },
    { host: '2001:db8::7', kind: 'invalid', message: /^cannot listen on \[2001:db8::7\]:0: / },
    { host: 'no.such.host.invalid', kind: 'invalid', message: /the host name is unknown/ },
  ])('says that $host is not usable', async ({ host, kind, message }) => {
    await expect(open(hello, { host })).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(message),
    });
  });

  it('closes at once when nobody waits for an answer', async () => {
    const server = await listen(hello, { host: '127.0.0.1', port: 0, clock, log });
    const agent = new Agent({ keepAlive: true });
    expect(await statusOf(get({ port: server.port, agent }))).toBe(200);
    const silent = await rawConnect(server.port);
    const closed = allText(silent);

    await server.close(60_000);

    expect(await closed).toBe('');
    await expect(fetch(`http://127.0.0.1:${server.port}`)).rejects.toThrow();
    agent.destroy();
  });

  it('lets a call in flight finish, and takes none after it', async () => {
    const { listener, asked, answer } = patient();
    const server = await listen(listener, { host: '127.0.0.1', port: 0, clock, log });
    const socket = await rawConnect(server.port);
    const text = allText(socket);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked;

    const closed = server.close(60_000);
    await expect(fetch(`http://127.0.0.1:${server.port}`)).rejects.toThrow();
    answer();
    await closed;

    expect(await text).toMatch(/^HTTP\/1.1 200 OK[^]*late/);
  });

  it('cuts a call that takes longer than the deadline', async () => {
    const { listener, asked } = patient();
    const fakeClock = new FakeClock();
    const server = await listen(listener, { host: '127.0.0.1', port: 0, clock: fakeClock, log });
    const socket = await rawConnect(server.port);
    const text = allText(socket);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked;

    const closed = server.close(5_000);
    fakeClock.advance(5_000);
    await closed;

    expect(await text).toBe('');
  });

  it('refuses headers that are too long', async () => {
    const { port } = await open(hello);
    const socket = await rawConnect(port);
    const text = allText(socket);

    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);

    expect(await text).toMatch(/^HTTP\/1.1 431 /);
  });
});

describe('listen with TLS', () => {
  let folder: string;
  let cert: Buffer;
  let key: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'listen-'));
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-days', '2', '-keyout', keyFile, '-out', certFile],
      ...algorithm,
      ...subject,
    ]);
    [cert, key] = [await readFile(certFile), await readFile(keyFile)];
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('serves HTTPS, and closes a connection in the middle of its handshake', async () => {
    const server = await open(hello, { tls: { cert, key } });
    const call = getTls({ host: '127.0.0.1', port: server.port, ca: cert });
    expect(await statusOf(call)).toBe(200);

    const silent = await rawConnect(server.port);
    const closed = allText(silent);
    await server.close(0);
    expect(await closed).toBe('');
  });

  it('says that a certificate is no certificate', async () => {
    await expect(open(hello, { tls: { cert: 'x', key } })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/^the TLS certificate or key is not usable: /),
    });
  });
});
