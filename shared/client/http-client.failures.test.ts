import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENTS, HEAD_OF_TEN, HttpClientRig } from '../../test/support/http-client-rig.ts';
import { openRawServer } from '../../test/support/raw-server.ts';

describe.each(CLIENTS)('$name without an answer', ({ create }) => {
  let rig: HttpClientRig;

  beforeEach(() => {
    rig = new HttpClientRig(create);
  });

  afterEach(() => rig.close());

  it.each([
    {
      why: 'the server ends the connection',
      act: (socket: Socket) => socket.end(),
      message: (url: string) => `Post "${url}": EOF`,
    },
    {
      why: 'the server resets the connection',
      act: (socket: Socket) => socket.resetAndDestroy(),
      message: (url: string, port: number) =>
        `Post "${url}": read tcp 127.0.0.1:${port}: read: connection reset by peer`,
    },
    {
      why: 'the connection is reset in the middle of the answer',
      act: (socket: Socket) => socket.write(`${HEAD_OF_TEN}01234`, () => socket.resetAndDestroy()),
      message: (url: string, port: number) =>
        `Post "${url}": read tcp 127.0.0.1:${port}: read: connection reset by peer`,
    },
    {
      why: 'the answer ends too early',
      act: (socket: Socket) => socket.end(`${HEAD_OF_TEN}01234`),
      message: (url: string) => `Post "${url}": unexpected EOF`,
    },
    {
      why: 'the last chunk of the answer is missing',
      act: (socket: Socket) =>
        socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'),
      message: (url: string) => `Post "${url}": unexpected EOF`,
    },
    {
      why: 'the answer is not HTTP',
      act: (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
      message: (url: string) => `Post "${url}": malformed HTTP response: `,
    },
  ])('says so when $why, and does not post again', async ({ act, message }) => {
    const { server, url } = await rig.misbehave(act);

    const failure = await rig
      .ask(url, { method: 'POST', body: 'x' })
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(message(url, server.port)),
      details: { reached: true },
    });
    expect(server.requests).toHaveLength(1);
  });

  it('says that the connection was refused, without the credentials', async () => {
    const port = await freePort();

    const asked = rig.ask(`http://me:secret@127.0.0.1:${port}/x?y=1`, { method: 'POST', body: '' });

    await expect(asked).rejects.toMatchObject({
      kind: 'unavailable',
      message: `Post "http://127.0.0.1:${port}/x?y=1": dial tcp 127.0.0.1:${port}: connect: connection refused`,
      details: { reached: false },
    });
  });

  it('says that the host is unknown', async () => {
    await expect(rig.ask('http://nobody.invalid/x')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(
        /^Get "http:\/\/nobody\.invalid\/x": dial tcp: lookup nobody\.invalid: /,
      ),
      details: { reached: false },
    });
  });

  it.each([
    { what: 'is silent', act: () => undefined },
    { what: 'stops in the middle', act: (socket: Socket) => void socket.write(`${HEAD_OF_TEN}0`) },
    {
      what: 'drips',
      act: (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
        const drip = setInterval(() => socket.write('0'), 5);
        socket.on('close', () => clearInterval(drip));
      },
    },
  ])('is over in time when the server $what', async ({ act }) => {
    const { url } = await rig.misbehave(act);

    // Long enough to connect on a slow machine.
    const asked = rig.ask(url, { method: 'POST', body: 'x', timeoutMs: 1_000 });
    await expect(asked).rejects.toMatchObject({
      kind: 'timeout',
      message: `Post "${url}": no answer within 1000 ms, outcome unknown`,
      details: { reached: true },
    });
  });

  it('says that nothing was sent when no connection came about in time', async () => {
    const { server } = await rig.misbehave(() => undefined);
    const url = `https://127.0.0.1:${server.port}/x`;

    await expect(rig.ask(url, { timeoutMs: 50 })).rejects.toMatchObject({
      kind: 'unavailable',
      message: `Get "${url}": dial tcp 127.0.0.1:${server.port}: i/o timeout`,
      details: { reached: false },
    });
  });

  it('never sends a request that gave up before a connection was free', async () => {
    const sockets: Socket[] = [];
    const { server, url } = await rig.misbehave((socket) => sockets.push(socket));
    const hung = new AbortController();
    const others = Array.from({ length: 64 }, () => rig.ask(url, { signal: hung.signal }));
    const settled = Promise.allSettled(others);

    const late = rig.ask(`${url}/late`, { timeoutMs: 50 });
    await expect(late).rejects.toMatchObject({ details: { reached: false } });
    await expect.poll(() => sockets.length).toBe(64);
    sockets[0]?.write(`${HEAD_OF_TEN}0123456789`);
    await Promise.any(others);
    expect(
      await rig.ask(url.replace('/x', '/next'), { timeoutMs: 1_000 }).catch(() => null),
    ).toBeNull();

    hung.abort();
    await settled;
    expect(server.requests.filter((head) => !head.includes('/x '))).toHaveLength(1);
  });

  it('refuses an answer that is too long, and stops reading it', async () => {
    const url = await rig.serve((_request, response) => {
      response.on('error', () => undefined).end(Buffer.alloc(1_000_000));
    });

    await expect(rig.ask(url, { answerBytesMax: 1_000 })).rejects.toMatchObject({
      kind: 'unavailable',
      message: `Get "${url}": the answer is longer than 1000 bytes`,
      details: { reached: true },
    });
    await expect(rig.ask(url, { answerBytesMax: 1_000_000 })).resolves.toMatchObject({
      status: 200,
    });
  });

  it.each([
    { when: 'before the request', abort: (stop: AbortController) => stop.abort() },
    { when: 'while it waits', abort: () => undefined },
  ])('is aborted $when', async ({ abort }) => {
    const stop = new AbortController();
    const { url } = await rig.misbehave(() => stop.abort());
    abort(stop);

    const asked = rig.ask(url, { method: 'POST', body: 'x', signal: stop.signal });

    await expect(asked).rejects.toMatchObject({ kind: 'unavailable', message: 'aborted' });
  });

  it.each([
    { what: 'URL', url: 'http://', headers: {} },
    { what: 'header', url: 'http://127.0.0.1:1', headers: { 'a b': 'c' } },
  ])('refuses what is no $what', async ({ url, headers }) => {
    await expect(rig.ask(url, { headers })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('refuses everything once it is closed', async () => {
    await rig.client.close();

    await expect(rig.ask('http://127.0.0.1:1/x')).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'Get "http://127.0.0.1:1/x": the client is closed',
    });
  });
});

async function freePort(): Promise<number> {
  const server = await openRawServer(() => undefined);
  await server.close();
  return server.port;
}
