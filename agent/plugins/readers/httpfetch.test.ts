import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPoolClient } from '../../../shared/client/pool-client.ts';
import { type PluginOptions } from '../../../shared/domain/runner-config.ts';
import { Pulled } from '../../../test/support/pulled.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { httpfetchReader } from './httpfetch.ts';

describe('the httpfetch reader', () => {
  const http = createPoolClient({ userAgent: 'test' });
  let server: Server;
  let address = '';
  let reading: Pulled | null = null;
  let asked: string[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = server.address();
    address = `127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`;
  });
  afterEach(async () => {
    await reading?.stop();
    asked = [];
  });
  afterAll(async () => {
    await http.close();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  it('hands out an answer as one record, or line by line', async () => {
    answer = (_, response) => response.end('{\n"a": 1\n}');
    const whole = await started().next();
    expect(whole).toMatchObject({ lines: 1, origin: `http://${address}/x` });
    expect(whole.bytes.toString()).toBe('{\n"a": 1\n}\n');
    await reading?.stop();

    const lines = await started({ http_response: 'lines' }).next();
    expect(lines).toMatchObject({ lines: 3, ends: null });
  });

  it('asks page after page, and again for the one that was not settled', async () => {
    answer = (request, response) => response.end(`answer to ${request.url}`);
    const options = {
      ...{ http_service_path: '/p?no=$(pageNum)&size=$(pageSize)', http_cron: 'loop 10ms' },
      ...{ http_page_no: '5', http_page_size: '20' },
    };
    const pulled = started(options);
    const first = await pulled.next();
    const second = await pulled.next();
    expect(second.bytes.toString()).toBe('answer to /p?no=6&size=20\n');
    await pulled.stop();

    const positions = new Map([[first.source, first.position]]);
    expect(await started(options, positions).nextText()).toBe('answer to /p?no=6&size=20\n');
  });

  it('asks for the same page again as long as it is empty', async () => {
    answer = (_, response) => response.end(asked.length < 3 ? '' : 'at last');
    const pulled = started({ http_service_path: '/$(pageNum)', http_cron: 'loop 10ms' });

    expect(await pulled.nextText()).toBe('at last\n');
    expect(asked).toEqual(['GET /1', 'GET /1', 'GET /1']);
  });

  it('sends the headers and the body that it is given', async () => {
    answer = (request, response) =>
      void text(request).then((body) =>
        response.end(`${String(request.headers['x-token'])} ${body}`),
      );
    const pulled = started({
      ...{ http_method: 'POST', http_headers: '{"X-Token": "secret"}' },
      http_body: '{"page": $(pageNum)}',
    });

    expect(await pulled.nextText()).toBe('secret {"page": 1}\n');
    expect(asked).toEqual(['POST /x']);
  });

  it('says what was answered instead of data, and asks again', async () => {
    answer = (_, response) => {
      response.statusCode = asked.length === 1 ? 503 : 200;
      response.end(asked.length === 1 ? 'not yet' : 'data');
    };
    const pulled = started({ http_cron: 'loop 200ms' });
    const next = pulled.nextText();

    const trouble = await waitFor('trouble', () => pulled.reader.trouble());
    expect(trouble).toBe(`http://${address}/x answered with status 503: not yet`);
    expect(await next).toBe('data\n');
    expect(pulled.reader.trouble()).toBeNull();
  });

  it('shows no password of its address, and no token', async () => {
    answer = (_, response) => {
      response.statusCode = 503;
      response.end();
    };
    const pulled = started({ http_service_path: '/x?token=t0p' });
    const pending = pulled.next().catch(() => null);
    const trouble = await waitFor('trouble', () => pulled.reader.trouble());

    expect(`${pulled.reader.origin} ${trouble}`).not.toContain('t0p');
    await pulled.stop();
    await pending;
  });

  it.each([
    { options: { http_service_address: '' }, why: 'is empty' },
    { options: { http_service_address: 'http://' }, why: 'is no address' },
    { options: { http_service_address: 'h', http_headers: '[1]' }, why: 'a JSON object of texts' },
    {
      options: { http_service_address: 'h', http_method: 'DELETE' },
      why: '"GET", "POST" or "PUT"',
    },
  ])('refuses $options', ({ options, why }) => {
    expect(() => httpfetchReader.configure(options)).toThrow(why);
  });

  function started(options: PluginOptions = {}, positions = new Map<string, unknown>()): Pulled {
    const where = { http_service_address: address, http_service_path: '/x' };
    reading = new Pulled(
      ...([httpfetchReader, { ...where, ...options }, { positions, context: { http } }] as const),
    );
    return reading;
  }
});
