import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeServer, serveEdge } from '../../test/support/edge-server.ts';
import { allText, rawConnect, rawExchange } from '../../test/support/raw-socket.ts';
import type { Route } from './route.ts';

const BODY_BYTES_MAX = 1000;

describe('an edge, given a body', () => {
  let server: EdgeServer;
  const aborted: string[] = [];
  const started = new EventTarget();

  beforeAll(async () => {
    const size = async ({ body }: { readonly body: Buffer }) => body.length;
    const post = { method: 'POST', access: 'open', failure: 'L9' } as const;
    const routes: Route[] = [
      { ...post, path: '/hot', hot: true, answer: size },
      { ...post, path: '/cold', answer: size },
      {
        ...post,
        path: '/wait',
        answer: async ({ signal }) => {
          started.dispatchEvent(new Event('call'));
          if (!signal.aborted) await once(signal, 'abort');
          aborted.push('wait');
          started.dispatchEvent(new Event('abort'));
          throw new Error('nobody hears this');
        },
      },
    ];
    server = await serveEdge({ routes, limits: { bodyBytesMax: BODY_BYTES_MAX } });
  });

  afterAll(() => server.close(0));

  function head(path: string, headers: string): string {
    return `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`;
  }

  it.each(['/hot', '/cold'])('waits for one that comes slowly: %s', async (path) => {
    const socket = await rawConnect(server.port);
    const answer = allText(socket);

    socket.write(head(path, 'Content-Length: 6\r\nConnection: close'));
    for (const char of 'abcdef') {
      await new Promise((resolve) => socket.write(char, resolve));
      await new Promise(setImmediate);
    }

    expect(await answer).toContain('{"code":"L200","data":6}');
  });

  it('takes one of exactly the limit, and none in no time when there is none', async () => {
    const full = await fetch(`${server.url}/hot`, { method: 'POST', body: 'x'.repeat(1000) });
    const none = await fetch(`${server.url}/hot`, { method: 'POST' });

    expect(await full.json()).toEqual({ code: 'L200', data: 1000 });
    expect(await none.json()).toEqual({ code: 'L200', data: 0 });
  });

  it.each(['/hot', '/cold'])('refuses one of 10 MB, and the client reads why: %s', async (path) => {
    const answer = await fetch(`${server.url}${path}`, {
      method: 'POST',
      body: 'x'.repeat(10_000_000),
    });

    expect(answer.status).toBe(413);
    expect(answer.headers.get('connection')).toBe('close');
    expect(await answer.json()).toEqual({
      code: 'L9',
      message: 'the request body is longer than 1000 bytes',
    });
  });

  it('refuses one that grows past the limit without having said so', async () => {
    const chunk = `1f4\r\n${'x'.repeat(500)}\r\n`;

    const answer = await rawExchange(
      server.port,
      `${head('/hot', 'Transfer-Encoding: chunked')}${chunk.repeat(4000)}0\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1);
  });

  it('stops listening to one that never ends', async () => {
    const socket = await rawConnect(server.port);
    const closed = allText(socket);
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;

    socket.write(head('/hot', 'Transfer-Encoding: chunked'));
    while (!socket.destroyed) {
      await new Promise((resolve) => socket.write(chunk, resolve));
    }

    expect(await closed).toMatch(/^(HTTP\/1.1 413 |$)/);
  });

  it('answers pipelined requests in their order', async () => {
    const one = (body: string, more = '') =>
      `${head('/hot', `Content-Length: ${body.length}${more}`)}${body}`;

    const answer = await rawExchange(
      server.port,
      one('a') + one('bb') + one('') + one('dddd', '\r\nConnection: close'),
    );

    expect(answer.match(/"data":\d/g)).toEqual(['"data":1', '"data":2', '"data":0', '"data":4']);
  });

  it.each([
    'Content-Length: abc',
    'Content-Length: -1',
    'Content-Length: 1\r\nContent-Length: 2',
    'Content-Length: 1\r\nTransfer-Encoding: chunked',
  ])('refuses a request whose length is not to be trusted: %j', async (headers) => {
    const answer = await rawExchange(server.port, `${head('/hot', headers)}x`);

    expect(answer).toMatch(/^HTTP\/1.1 400 /);
  });

  it('is quiet about a client that leaves in the middle of its body', async () => {
    const socket = await rawConnect(server.port);
    socket.write(`${head('/hot', 'Content-Length: 10')}abc`);
    await new Promise(setImmediate);
    socket.destroy();
    await once(socket, 'close');

    const answer = await fetch(`${server.url}/hot`, { method: 'POST', body: 'x' });
    expect(answer.status).toBe(200);
  });

  it('tells a route that its client has left', async () => {
    const called = once(started, 'call');
    const stopped = once(started, 'abort');
    const socket = await rawConnect(server.port);
    socket.write(head('/wait', 'Content-Length: 0'));
    await called;
    socket.destroy();

    await stopped;
    expect(aborted).toEqual(['wait']);
    const answer = await fetch(`${server.url}/hot`, { method: 'POST', body: 'x' });
    expect(answer.status).toBe(200);
  });
});
