import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PluginOptions } from '../../../shared/domain/runner-config.ts';
import { freePort } from '../../../test/support/fleet-process.ts';
import { makePrivateCa, type PrivateCa } from '../../../test/support/private-ca.ts';
import { Pulled } from '../../../test/support/pulled.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { socketReader } from './socket.ts';

let reading: Pulled | null = null;
let port = 0;
let dir = '';
let ca: PrivateCa;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'socket-tls-'));
  ca = makePrivateCa(dir);
});
afterEach(async () => {
  await reading?.stop();
  reading = null;
});
afterAll(() => rm(dir, { recursive: true }));

describe('the socket reader on TCP with TLS', () => {
  const files = () => ({ socket_tls_cert: ca.cert, socket_tls_key: ca.key });

  it('takes syslog messages, each with its length before it, and tells their peer', async () => {
    const { first } = await started({
      ...{ ...files(), socket_rule: 'syslog', datasource_tag: 'from' },
    });
    const socket = await encrypted(ca);
    socket.end('12 <13>1 - a\nbc8 <14>1 -d');

    const batch = await first;
    expect(batch.bytes.toString()).toBe('<13>1 - a\nbc\n<14>1 -d\n');
    expect(batch.lines).toBe(2);
    expect(batch.origin).toBe(`127.0.0.1:${socket.localPort}`);
  });

  it('lets in only those who show a certificate, where that is wanted', async () => {
    const { first } = await started({ ...files(), socket_tls_client_ca: ca.ca });
    const stranger = await encrypted(ca);
    stranger.end('strange\n');
    await closed(stranger);
    const known = await encrypted(ca, {
      cert: await readFile(ca.cert),
      key: await readFile(ca.key),
    });
    known.end('known\n');

    expect((await first).bytes.toString()).toBe('known\n');
  });

  it('sends away whoever speaks no TLS, and lets the others wait while it is behind', async () => {
    const { pulled, first } = await started(files());
    const plain = connect(port, '127.0.0.1');
    plain.write('plain\n');
    await closed(plain);
    const whole = `${'x'.repeat(79)}\n`.repeat(100_000);
    const socket = await encrypted(ca);
    socket.end(whole);
    await first;
    await waitFor('a full inbox', () => pulled.reader.lag().bytes >= 4 * 1024 * 1024);

    let read = (await first).bytes.toString();
    while (read.length < whole.length) read += await pulled.nextText();
    expect(read === whole).toBe(true);
  });

  it('reads its files anew when it is opened again', async () => {
    const [cert, key] = [join(dir, 'live.pem'), join(dir, 'live.key')];
    const use = async (from: PrivateCa) => {
      await copyFile(from.cert, cert);
      await copyFile(from.key, key);
    };
    await use(ca);
    const live = { socket_tls_cert: cert, socket_tls_key: key };
    await started(live);
    (await encrypted(ca)).destroy();
    await reading?.stop();

    await mkdir(join(dir, 'next'));
    const next = makePrivateCa(join(dir, 'next'));
    await use(next);
    const { first } = await started(live);
    (await encrypted(next)).end('one\n');
    expect((await first).bytes.toString()).toBe('one\n');
  });

  it.each([
    { what: 'is not there', cert: 'nowhere.pem' },
    { what: 'is none', cert: 'ca.key' },
  ])('says that a certificate $what', async ({ cert }) => {
    const pulled = new Pulled(socketReader, {
      ...{ socket_service_address: `tcp://127.0.0.1:${await freePort()}` },
      ...{ ...files(), socket_tls_cert: join(dir, cert) },
    });

    await expect(pulled.next()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('the TLS files are not usable'),
    });
  });
});

async function started(options: PluginOptions) {
  port = await freePort();
  const socket_service_address = `tcp://127.0.0.1:${port}`;
  const pulled = new Pulled(socketReader, { ...options, socket_service_address });
  reading = pulled;
  // It listens while it is pulled.
  const first = pulled.next();
  first.catch(() => undefined);
  await waitFor('the socket', async () => {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    return isThere;
  });
  return { pulled, first };
}

async function encrypted({ ca }: PrivateCa, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port, ca: await readFile(ca), ...options });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** However it was ended. */
async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
}
