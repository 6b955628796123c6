import type { Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENTS, HEAD_OF_TEN, HttpClientRig } from '../../test/support/http-client-rig.ts';

/** More than the system takes of a body whose server does not read it. */
const LARGE_BYTES = 12_000_000;
const NO_CONTENT = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const TOO_LARGE = 'HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n';
const HEAD_END = '\r\n\r\n';

describe.each(CLIENTS)('$name with a large body', ({ create }) => {
  let rig: HttpClientRig;
  let body: Buffer;

  beforeEach(() => {
    rig = new HttpClientRig(create);
    body = Buffer.alloc(LARGE_BYTES, 'a');
  });

  afterEach(() => rig.close());

  it('posts it as it is, with its length, and uses the connection again', async () => {
    const got: unknown[] = [];
    const ports = new Set<number | undefined>();
    const url = await rig.serve((request, response) => {
      let crc = 0;
      request.on('data', (chunk: Buffer) => (crc = crc32(chunk, crc)));
      request.on('end', () => {
        got.push([crc, request.headers['content-length'], request.headers['transfer-encoding']]);
        ports.add(request.socket.remotePort);
        response.end('ok');
      });
    });

    for (let asked = 0; asked < 5; asked++) {
      expect(await rig.ask(url, { method: 'POST', body })).toMatchObject({ body: 'ok' });
    }

    expect(got).toEqual(Array(5).fill([crc32(body), String(LARGE_BYTES), undefined]));
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('gives the rest of it to a server that accepts before it has read it all', async () => {
    const { server, url } = await rig.misbehave((socket, count) => {
      if (count > 1) return;
      socket.pause();
      socket.write(NO_CONTENT, () => setTimeout(() => socket.resume(), 20));
    });

    expect(await rig.ask(url, { method: 'POST', body })).toMatchObject({ status: 200 });
    body.fill('x');

    await expect.poll(() => bodyOf(server.requests).length).toBe(LARGE_BYTES);
    expect(bodyOf(server.requests)).not.toContain('x');
  });

  it.each([
    { how: 'closes the connection', act: (socket: Socket) => socket.end(NO_CONTENT) },
    { how: 'leaves it there', act: (socket: Socket) => socket.write(NO_CONTENT) },
  ])('takes it for accepted when the server says so and $how', async ({ act }) => {
    const { url } = await rig.misbehave((socket) => {
      socket.pause();
      act(socket);
    });

    const answer = rig.ask(url, { method: 'POST', body, timeoutMs: 60_000 });

    await expect(answer).resolves.toMatchObject({ status: 200, body: '' });
  });

  it.each([
    { when: 'is refused', answer: TOO_LARGE, outcome: { status: 413 } },
    { when: 'is not answered in time', answer: '', outcome: { kind: 'timeout' } },
    { when: 'is given up', answer: 'abort', outcome: { kind: 'unavailable', message: 'aborted' } },
  ])('leaves its bytes alone once it $when', async ({ answer, outcome }) => {
    const stop = new AbortController();
    const sockets: Socket[] = [];
    const { server, url } = await rig.misbehave((socket, count) => {
      if (count > 1) return;
      sockets.push(socket.pause());
      if (answer === 'abort') stop.abort();
      else socket.write(answer);
    });

    // Only where nothing else ends it is it waited for, and long enough to connect.
    const timeoutMs = answer === '' ? 1_000 : 60_000;
    const asked = rig.ask(url, { method: 'POST', body, timeoutMs, signal: stop.signal });
    expect(await asked.catch((thrown: unknown) => thrown)).toMatchObject(outcome);
    body.fill('x');

    const closed = new Promise((resolve) => sockets[0]?.once('close', resolve));
    sockets[0]?.resume();
    await closed;
    expect(bodyOf(server.requests)).not.toContain('x');
    expect(bodyOf(server.requests).length).toBeLessThan(LARGE_BYTES);
  });

  it.each([
    { how: 'resets', act: (socket: Socket) => socket.resetAndDestroy() },
    { how: 'closes', act: (socket: Socket) => socket.destroy() },
  ])('is sent once to a server that $how the connection under it', async ({ act }) => {
    let isFirst = true;
    const { server, url } = await rig.misbehave((socket) => {
      if (!isFirst) act(socket);
      else socket.write(`${HEAD_OF_TEN}0123456789`);
      isFirst = false;
    });
    await rig.ask(url, { method: 'POST', body: 'x' });

    await expect(rig.ask(url, { method: 'POST', body })).rejects.toMatchObject({
      kind: 'unavailable',
      details: { reached: true },
    });

    const large = server.requests.filter((text) => text.includes(`content-length: ${LARGE_BYTES}`));
    expect(large).toHaveLength(1);
  });

  it('refuses an answer that is too long', async () => {
    const url = await rig.serve((request, response) => {
      response.on('error', () => undefined);
      request.resume().on('end', () => response.end(Buffer.alloc(1_000_000)));
    });

    const asked = rig.ask(url, { method: 'POST', body, answerBytesMax: 1_000 });

    await expect(asked).rejects.toMatchObject({
      kind: 'unavailable',
      message: `Post "${url}": the answer is longer than 1000 bytes`,
    });
  });
});

/** What came behind the head of the first request. */
function bodyOf(chunks: readonly string[]): string {
  const text = chunks.join('');
  return text.slice(text.indexOf(HEAD_END) + HEAD_END.length);
}
