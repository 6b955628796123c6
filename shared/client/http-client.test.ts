import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENTS, HEAD_OF_TEN, HttpClientRig } from '../../test/support/http-client-rig.ts';

describe.each(CLIENTS)('$name with an answer', ({ create }) => {
  let rig: HttpClientRig;

  beforeEach(() => {
    rig = new HttpClientRig(create);
  });

  afterEach(() => rig.close());

  it('gives status, headers and body as text', async () => {
    const url = await rig.serve((_request, response) => {
      response.writeHead(200, { 'X-Kind': 'a', 'Set-Cookie': ['b=1', 'c=2'] });
      response.end('{"日志":1}');
    });

    const answer = await rig.ask(url);

    expect(answer).toMatchObject({ status: 200, body: '{"日志":1}' });
    expect(answer.headers).toMatchObject({ 'x-kind': 'a', 'set-cookie': 'b=1, c=2' });
  });

  it.each([204, 301, 404, 500])('takes status %d as an answer', async (status) => {
    let asked = 0;
    const url = await rig.serve((_request, response) => {
      asked++;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });

    expect(await rig.ask(url)).toMatchObject({ status, body: '' });
    expect(asked).toBe(1);
  });

  it.each([
    { what: 'text', body: '{"a":"日志"}', bytes: Buffer.from('{"a":"日志"}') },
    {
      what: 'bytes',
      body: Buffer.from([0, 1, 254, 255, 10]),
      bytes: Buffer.from([0, 1, 254, 255, 10]),
    },
    { what: 'nothing', body: '', bytes: Buffer.alloc(0) },
  ])('posts $what as it is', async ({ body, bytes }) => {
    let came: Buffer = Buffer.alloc(0);
    const url = await rig.serve((request, response) => {
      void bytesOf(request).then((whole) => {
        came = whole;
        response.end();
      });
    });

    await rig.ask(url, { method: 'POST', body });

    expect(came).toEqual(bytes);
  });

  it('sends the headers it is given, its own name, and no others', async () => {
    const heads: IncomingMessage['headers'][] = [];
    const url = await rig.serve((request, response) => {
      heads.push(request.headers);
      response.end();
    });

    await rig.ask(`${url}/a?b=%20c`, { headers: { 'content-type': 'text/plain', 'X-A': '1' } });
    await rig.ask(url, { method: 'POST', body: 'x', headers: { 'User-Agent': 'other' } });

    const fixed = { host: url.slice('http://'.length), connection: 'keep-alive' };
    expect(heads).toEqual([
      { ...fixed, 'content-type': 'text/plain', 'x-a': '1', 'user-agent': 'logkit-fleet/test' },
      { ...fixed, 'user-agent': 'other', 'content-length': '1' },
    ]);
  });

  it('gives the credentials of a URL as basic authorization', async () => {
    const url = await rig.serve((request, response) => {
      response.end(request.headers.authorization);
    });

    const { body } = await rig.ask(url.replace('//', '//me:p%40ss@'));

    expect(body).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  it('uses connections again', async () => {
    const ports = new Set<number | undefined>();
    const url = await rig.serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('x');
    });

    for (let asked = 0; asked < 5; asked++) await rig.ask(url);

    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('asks a GET once more when the idle connection was closed under it', async () => {
    const { server, url } = await rig.misbehave((socket, count) => {
      if (count === 2) socket.destroy();
      else socket.write(`${HEAD_OF_TEN}0123456789`);
    });

    await rig.ask(url);

    expect(await rig.ask(url)).toMatchObject({ body: '0123456789' });
    expect(server.requests).toHaveLength(3);
  });
});

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(request, 'end');
  return Buffer.concat(chunks);
}
