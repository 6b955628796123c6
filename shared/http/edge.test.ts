import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeServer, serveEdge } from '../../test/support/edge-server.ts';
import { rawExchange } from '../../test/support/raw-socket.ts';
import { AppError } from '../kernel/errors.ts';
import { type Call, RawAnswer, type Route } from './route.ts';

type Answer = (call: Call) => unknown;

function route(method: Route['method'], path: string, answer: Answer, hot = false): Route {
  // Some of these answers throw at once, which a careless route might do as well.
  const promise = (call: Call) => Promise.resolve(answer(call));
  return { method, path, access: 'open', failure: 'L9', hot, answer: promise };
}

const echo: Answer = (call) => ({
  params: call.params,
  tag: call.query('tag'),
  type: call.contentType,
  body: call.body.toString(),
});

describe('an edge', () => {
  let server: EdgeServer;
  let root: string;
  const logged: string[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'edge-'));
    await writeFile(join(root, 'index.html'), '<h1>hello</h1>');
    await writeFile(join(root, '.secret'), 'no');
    await mkdir(join(root, 'sub'));
    await writeFile(join(root, 'sub', 'app.js'), '1');
    await symlink(join(root, '.secret'), join(root, 'sub', 'link'));

    server = await serveEdge({
      staticRoot: root,
      reservedPaths: ['/configs/:name/:action'],
      log: pino({}, { write: (line: string) => logged.push(line) }),
      routes: [
        route('GET', '/nothing', () => undefined),
        route('GET', '/data', () => ({ html: '<&>', big: 12345678901234567890n })),
        route('POST', '/hot', echo, true),
        route('PUT', '/hot', () => 'put', true),
        route('POST', '/cold', echo),
        route('GET', '/configs/:name', echo),
        route('PUT', '/configs/:name', echo),
        route('POST', '/configs/:name/start', echo),
        route('GET', '/raw', () => new RawAnswer({ contentType: 'text/plain', body: 'as is' })),
        route('GET', '/stream', () => download(Readable.from(['ab', 'cd']))),
        route('GET', '/broken-stream', () => download(brokenStream())),
        route('GET', '/refused', () => {
          throw new AppError('not_found', 'config <x> is not found');
        }),
        route('POST', '/bug', () => {
          throw new Error('password=hunter2');
        }),
        route('POST', '/hot-bug', () => Promise.reject(new Error('hunter2')), true),
        route('GET', '/nonsense', () => Promise.reject(nonsense())),
        route('GET', '/loop', () => loop()),
        route('GET', '/bad-failure', () => {
          throw new AppError('invalid', 'no', { details: { data: loop() } });
        }),
      ],
    });
  });

  afterAll(async () => {
    await server.close(0);
    await rm(root, { recursive: true });
  });

  it('answers in the envelope, with the headers of the original', async () => {
    const answer = await request(server.url).get('/nothing').expect(200);

    expect(answer.text).toBe('{"code":"L200"}');
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=UTF-8',
      'content-length': '15',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('escapes HTML and writes a BigInt as an integer', async () => {
    const answer = await request(server.url).get('/data').expect(200);

    expect(answer.text).toBe(
      String.raw`{"code":"L200","data":{"html":"\u003c\u0026\u003e","big":12345678901234567890}}`,
    );
  });

  it.each(['/hot', '/cold'])('reads body, type and query of POST %s', async (path) => {
    const answer = await request(server.url)
      .post(`${path}?tag=a%20b&tag=c`)
      .set('Content-Type', 'Application/JSON; charset=utf-8')
      .send('{"x":1}')
      .expect(200);

    expect(answer.body.data).toEqual({
      params: {},
      tag: 'a b',
      type: 'application/json',
      body: '{"x":1}',
    });
  });

  it('decodes path parameters', async () => {
    const answer = await request(server.url).get('/configs/my%20runner%2F%E6%97%A5').expect(200);

    expect(answer.body.data.params).toEqual({ name: 'my runner/日' });
  });

  it('answers HEAD as GET, without the body', async () => {
    const answer = await request(server.url).head('/data').expect(200);

    expect(Number(answer.headers['content-length'])).toBeGreaterThan(20);
    expect(answer.text).toBeUndefined();
  });

  it.each<{ path: string; method: 'get' | 'post' | 'patch' | 'delete' | 'options' }>([
    { method: 'get', path: '/nope' },
    { method: 'post', path: '/nope' },
    { method: 'get', path: '/nothing/' },
    { method: 'get', path: '/NOTHING' },
    { method: 'post', path: '/hot/' },
    { method: 'post', path: '/configs/a/start/' },
    { method: 'get', path: '/.secret' },
    { method: 'get', path: '/sub' },
    { method: 'get', path: '/sub/' },
    { method: 'get', path: '/..%2f..%2fetc%2fpasswd' },
    { method: 'get', path: '/%00' },
  ])('finds nothing at $method $path', async ({ method, path }) => {
    const answer = await request(server.url)[method](path).expect(404);

    expect(answer.text).toBe('{"message":"Not Found"}');
  });

  it.each<{ path: string; method: 'get' | 'post' | 'patch' | 'options'; allow: string }>([
    { method: 'patch', path: '/nothing', allow: 'GET, HEAD' },
    { method: 'options', path: '/nothing', allow: 'GET, HEAD' },
    { method: 'get', path: '/hot', allow: 'POST, PUT' },
    { method: 'post', path: '/configs/r1', allow: 'GET, HEAD, PUT' },
    { method: 'post', path: '/configs/r1/bogus', allow: '' },
    { method: 'get', path: '/configs/r1/start', allow: 'POST' },
  ])('does not allow $method $path', async ({ method, path, allow }) => {
    const answer = await request(server.url)[method](path).expect(405);

    expect(answer.text).toBe('{"message":"Method Not Allowed"}');
    expect(answer.headers['allow']).toBe(allow);
  });

  it.each(['/configs/%zz', '/%', '/nope/%e0%a4%a', '/hot/%zz?tag=%'])(
    'refuses the malformed path %s',
    async (path) => {
      const answer = await rawExchange(
        server.port,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );

      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(answer).toContain('{"message":"Bad Request"}');
      expect(answer).not.toContain(' at ');
    },
  );

  it('answers a query that is malformed with what of it can be read', async () => {
    const answer = await request(server.url).post('/hot?tag=%').expect(200);

    expect(answer.body.data.tag).toBe('%');
  });

  it('serves files with the headers that keep a page to itself', async () => {
    const answer = await request(server.url).get('/').expect(200);

    expect(answer.text).toBe('<h1>hello</h1>');
    expect(answer.headers).toMatchObject({
      'content-security-policy': "default-src 'self'",
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const etag = String(answer.headers['etag']);
    await request(server.url).get('/').set('If-None-Match', etag).expect(304);
    await request(server.url).get('/sub/app.js').expect(200, '1');
    await request(server.url).head('/sub/app.js').expect(200);
    await request(server.url).post('/sub/app.js').expect(404);
  });

  it('gives back a range, and says when there is no such range', async () => {
    await request(server.url).get('/').set('Range', 'bytes=0-3').expect(206, '<h1>');
    await request(server.url)
      .get('/')
      .set('Range', 'bytes=900-')
      .expect(416, '{"message":"Range Not Satisfiable"}');
  });

  it('writes a raw answer as it is', async () => {
    const answer = await request(server.url).get('/raw').expect(200, 'as is');

    expect(answer.headers['content-type']).toBe('text/plain');
  });

  it('streams a raw answer as a download, and only when its body is wanted', async () => {
    const answer = await request(server.url).get('/stream').expect(200);

    expect(String(answer.body)).toBe('abcd');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="file.bin"');
    await request(server.url).head('/stream').expect(200);
  });

  it('cuts the connection when a stream fails half way, and logs why', async () => {
    const answer = await rawExchange(server.port, 'GET /broken-stream HTTP/1.1\r\nHost: x\r\n\r\n');

    expect(answer).toContain('first');
    expect(answer.endsWith('0\r\n\r\n')).toBe(false);
    expect(logged.join()).toContain('disk on fire');
  });

  it('shows the message of a foreseen failure under the code of the route', async () => {
    const answer = await request(server.url).get('/refused').expect(400);

    expect(answer.text).toBe(
      String.raw`{"code":"L9","message":"config \u003cx\u003e is not found","error":"config \u003cx\u003e is not found"}`,
    );
  });

  it.each(['/bug', '/hot-bug'])('logs the message of a bug in %s, and hides it', async (path) => {
    const answer = await request(server.url).post(path).send('{}').expect(500);

    expect(answer.text).toBe('{"code":"L9","message":"internal error"}');
    expect(logged.join()).toContain('hunter2');
  });

  it.each(['/nonsense', '/loop', '/bad-failure'])(
    'survives a route that answers %s',
    async (path) => {
      await request(server.url).get(path).expect(500);
      await request(server.url).get('/nothing').expect(200);
    },
  );
});

function download(body: Readable): RawAnswer {
  return new RawAnswer({ contentType: 'application/octet-stream', body, fileName: 'file.bin' });
}

function brokenStream(): Readable {
  return Readable.from(
    (async function* () {
      yield 'first';
      await Promise.resolve();
      throw new Error('disk on fire');
    })(),
  );
}

/** A careless dependency may reject with something that cannot even be asked what it is. */
function nonsense(): Error {
  return Object.defineProperty(new Error(), 'message', {
    get: () => {
      throw new Error('no message either');
    },
  });
}

function loop(): object {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
}
