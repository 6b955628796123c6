import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpClient } from './http-client.ts';
import { createPoolClient } from './pool-client.ts';

describe('a client that is told which addresses it may call', () => {
  let client: HttpClient | undefined;

  afterEach(() => client?.close());

  async function ask(allowsAddress: (ip: string) => boolean, body?: Buffer) {
    const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    client = createPoolClient({ userAgent: 'test', allowsAddress });
    try {
      return await client.request({
        method: body === undefined ? 'GET' : 'POST',
        ...(body !== undefined && { body }),
        url: `http://localhost:${port ?? 0}/`,
        timeoutMs: 5_000,
        answerBytesMax: 100,
        signal: new AbortController().signal,
      });
    } finally {
      server.close();
    }
  }

  it('calls a name that leads where it may go', async () => {
    expect(await ask(() => true)).toMatchObject({ status: 200, body: 'hello' });
  });

  it.each([
    { what: 'question', body: undefined },
    { what: 'large body', body: Buffer.alloc(1_000_000) },
  ])('sends no $what to a name that leads elsewhere', async ({ body }) => {
    await expect(ask((ip) => ip !== '127.0.0.1', body)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('localhost'),
      details: { reached: false },
    });
  });
});
