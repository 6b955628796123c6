import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PluginOptions } from '../../../shared/domain/runner-config.ts';
import { freePort } from '../../../test/support/fleet-process.ts';
import { Pulled } from '../../../test/support/pulled.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { type BatchLimits, type SourceBatch } from '../plugin.ts';
import { socketReader } from './socket.ts';

let reading: Pulled | null = null;
let port = 0;
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'socket-'));
});
afterEach(async () => {
  await reading?.stop();
  reading = null;
});
afterAll(() => rm(dir, { recursive: true }));

describe('the socket reader on TCP', () => {
  it('takes lines, also the last one without a break', async () => {
    const { pulled, first } = await started('tcp');
    const socket = await connected();
    socket.end('one\ntwo\nthree');

    expect(await text(pulled, first, 3)).toBe('one\ntwo\nthree\n');
    expect((await first).origin).toBe(`tcp://127.0.0.1:${port}`);
  });

  it('fills a batch as long as it may wait for more', async () => {
    const { first } = await started('tcp', {}, { lines: 2, lingerMs: 600_000 });
    const socket = await connected();
    socket.write('one\n');
    const other = await connected();
    other.end('two\n');

    expect((await first).bytes.toString().split('\n').toSorted()).toEqual(['', 'one', 'two']);
    socket.destroy();
  });

  it('decodes what is not UTF-8', async () => {
    const { pulled, first } = await started('tcp', { encoding: 'GBK' });
    const socket = await connected();
    socket.end(Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x0a]));

    expect(await text(pulled, first, 1)).toBe('你好\n');
  });

  it('takes syslog messages that hold line breaks', async () => {
    const { first } = await started('tcp', { socket_rule: 'syslog' });
    const socket = await connected();
    socket.end('11 <13>1 - a\nb');

    const batch = await first;
    expect(batch).toMatchObject({ lines: 1 });
    expect(batch.bytes.toString()).toBe('<13>1 - a\nb\n');
    expect([...(batch.ends ?? [])]).toEqual([12]);
  });

  it.each(['json', '按json格式读取'])('takes JSON that is pretty, by the rule %s', async (rule) => {
    const { pulled, first } = await started('tcp', { socket_rule: rule });
    const socket = await connected();
    socket.end('{\n"a": 1\n}{"a": 2}');

    expect(await text(pulled, first, 2)).toBe('{ "a": 1 }\n{"a": 2}\n');
  });

  it('tells the peer where a tag is wanted, and mixes no peers then', async () => {
    const { pulled, first } = await started('tcp', { datasource_tag: 'from' });
    const [one, two] = [await connected(), await connected()];
    const peers = [one, two].map(({ localPort }) => `127.0.0.1:${localPort}`);
    one.end('1\n');
    two.end('2\n');

    const batches = [await first, await pulled.next()];
    expect(batches.map(({ origin }) => origin).toSorted()).toEqual(peers.toSorted());
  });

  it('lets the peer wait while the runner is behind, and loses nothing', async () => {
    const { pulled, first } = await started('tcp');
    const socket = await connected();
    const lines = Array.from({ length: 200_000 }, (_, n) => `line ${n} ${'x'.repeat(40)}`);
    const whole = `${lines.join('\n')}\n`;
    socket.end(whole);
    await first;
    await waitFor('a full inbox', () => pulled.reader.lag().bytes >= 4 * 1024 * 1024);
    expect(pulled.reader.lag().bytes).toBeLessThan(5 * 1024 * 1024);

    let read = (await first).bytes.toString();
    while (read.length < whole.length) read += await pulled.nextText();
    expect(read === whole).toBe(true);
  });

  it('closes connections beyond those it may have, and those on which nothing comes', async () => {
    const { first } = await started('tcp', {
      ...{ socket_max_connections: '1', socket_read_timeout: '50ms' },
    });
    const socket = await connected();
    await once(socket, 'close');
    const again = await connected();
    const surplus = await connected();
    await once(surplus, 'close');
    again.end('x\n');

    expect((await first).bytes.toString()).toBe('x\n');
  });

  it('says why it cannot listen', async () => {
    const { first } = await started('tcp');
    first.catch(() => undefined);
    const other = new Pulled(socketReader, { socket_service_address: `tcp://127.0.0.1:${port}` });

    await expect(other.next()).rejects.toThrow('the address is already in use');
  });
});

describe('the socket reader on UDP', () => {
  it.each([
    { rule: 'packet', lines: 1, ends: [8] },
    { rule: 'line', lines: 2, ends: null },
    { rule: 'syslog', lines: 1, ends: [8] },
  ])('takes packets by the rule $rule', async ({ rule, lines, ends }) => {
    const { first } = await started('udp', { socket_rule: rule });
    await sendPacket('one\ntwo\n');

    const batch = await first;
    expect(batch).toMatchObject({ lines });
    expect(batch.bytes.toString()).toBe('one\ntwo\n');
    expect(batch.ends === null ? null : [...batch.ends]).toEqual(ends);
  });

  it('drops what does not fit while the runner is behind, and says so', async () => {
    const { pulled, first } = await started('udp');
    await sendPacket('x');
    await first;
    const sender = createSocket('udp4');
    const packet = 'y'.repeat(60_000);
    const send = () => new Promise((resolve) => sender.send(packet, port, '127.0.0.1', resolve));
    await waitFor('trouble', async () => {
      await send();
      return pulled.reader.trouble();
    });
    sender.close();

    expect(pulled.reader.trouble()).toMatch(/^\d+ packets were dropped/);
    expect(pulled.reader.lag().bytes).toBeLessThanOrEqual(4 * 1024 * 1024 + 60_001);
  });
});

describe('the socket reader on a Unix socket', () => {
  it('takes lines, and cleans up behind itself', async () => {
    const path = join(dir, 'a.sock');
    const { first } = await startedAt(`unix://${path}`);
    const socket = connect(path);
    socket.end('one\n');

    expect((await first).bytes.toString()).toBe('one\n');
    await reading?.stop();
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('removes what a dead process has left, but not what another one listens on', async () => {
    const path = join(dir, 'b.sock');
    const listener =
      "require('net').createServer().listen(process.argv[1], () => console.log('up'))";
    const other = spawn(process.execPath, ['-e', listener, path], { stdio: 'pipe' });
    await once(other.stdout, 'data');
    const refused = new Pulled(socketReader, { socket_service_address: `unix://${path}` });
    await expect(refused.next()).rejects.toThrow('the address is already in use');
    other.kill('SIGKILL');
    await once(other, 'close');
    expect((await stat(path)).isSocket()).toBe(true);

    const { first } = await startedAt(`unix://${path}`);
    connect(path).end('one\n');
    expect((await first).bytes.toString()).toBe('one\n');
  });
});

describe('the options of the socket reader', () => {
  it.each([
    { options: {}, why: 'is required' },
    { options: { socket_service_address: '127.0.0.1:3110' }, why: 'is no address' },
    { options: { socket_service_address: 'unixgram:///x' }, why: 'cannot be listened on' },
    {
      options: { socket_service_address: 'tcp://:1', socket_rule: 'csv' },
      why: 'must be "packet", "line", "json" or "syslog"',
    },
    {
      options: { socket_service_address: 'tcp://:1', socket_tls_cert: 'a.pem' },
      why: 'socket_tls_cert and socket_tls_key go together',
    },
    {
      options: {
        ...{ socket_service_address: 'udp://:1' },
        ...{ socket_tls_cert: 'a.pem', socket_tls_key: 'a.key' },
      },
      why: 'with an address of tcp://',
    },
  ])('refuse $options', ({ options, why }) => {
    expect(() => socketReader.configure(options)).toThrow(why);
  });
});

async function started(
  kind: 'tcp' | 'udp',
  options: PluginOptions = {},
  limits: Partial<BatchLimits> = {},
) {
  port = await freePort();
  return startedAt(`${kind}://127.0.0.1:${port}`, options, limits);
}

async function startedAt(
  address: string,
  options: PluginOptions = {},
  limits: Partial<BatchLimits> = {},
) {
  const given = { ...options, socket_service_address: address };
  const pulled = new Pulled(socketReader, given, { limits });
  reading = pulled;
  // It listens while it is pulled.
  const first = pulled.next();
  first.catch(() => undefined);
  await waitFor('the socket', () => isOpen(address));
  return { pulled, first };
}

async function isOpen(address: string): Promise<boolean> {
  if (address.startsWith('udp')) {
    const socket = createSocket('udp4');
    const taken = once(socket.bind(port, '127.0.0.1'), 'listening').then(
      () => false,
      () => true,
    );
    const isTaken = await taken;
    socket.close();
    return isTaken;
  }
  const socket = address.startsWith('unix')
    ? connect(address.slice('unix://'.length))
    : connect(port, '127.0.0.1');
  const isThere = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isThere;
}

async function connected(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function sendPacket(packet: string): Promise<void> {
  const sender = createSocket('udp4');
  await new Promise((resolve) => sender.send(packet, port, '127.0.0.1', resolve));
  sender.close();
}

async function text(pulled: Pulled, first: Promise<SourceBatch>, lines: number): Promise<string> {
  const batch = await first;
  const rest = lines - batch.lines;
  return batch.bytes.toString() + (rest > 0 ? await pulled.lines(rest) : '');
}
