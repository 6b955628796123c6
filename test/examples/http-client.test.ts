import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientOptions, CoordinatorClient } from '../../examples/http_api/client/client.ts';
import { silentTcp } from '../contract/support/silent-server.ts';
import { freePort } from '../support/fleet-process.ts';

const RETRIED = {
  ...{ success: true, message: 'm', total_failed_partitions: 1, retried_partitions: [1] },
  ...{ skipped_partitions: [], command_id: 'c', request_id: 'c', status: 'completed' },
  timestamp: '2026-11-29T10:30:00.000Z',
};

describe('the client of the example http_api', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function clientOf(listener: RequestListener, options: ClientOptions = {}) {
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    return new CoordinatorClient(`http://127.0.0.1:${port}/`, { backOffMs: 1, ...options });
  }

  async function bodyOf(request: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    return text;
  }

  it('says that no server runs, after it has tried as often as it was told', async () => {
    const lines: string[] = [];
    const url = `http://127.0.0.1:${await freePort()}`;
    const log = (line: string) => void lines.push(line);
    const client = new CoordinatorClient(url, { retries: 2, backOffMs: 3, log });

    await expect(client.health()).rejects.toMatchObject({
      ...{ kind: 'connection_refused', message: `no server runs at ${url}/health`, status: null },
    });
    expect(client.metrics).toMatchObject({ requestCount: 3, errorCount: 3 });
    expect(lines).toEqual([
      expect.stringMatching(/^GET \/health -> no answer \(\d+\.\d ms\)$/),
      `no server runs at ${url}/health; retry 1 of 2 in 3 ms`,
      expect.stringMatching(/^GET \/health -> no answer/),
      `no server runs at ${url}/health; retry 2 of 2 in 6 ms`,
      expect.stringMatching(/^GET \/health -> no answer/),
    ]);
  });

  it('waits for an answer no longer than it was told', async () => {
    const silent = await silentTcp();
    const url = `http://127.0.0.1:${silent.port}`;
    const client = new CoordinatorClient(url, { timeoutMs: 50, retries: 0 });

    await expect(client.status()).rejects.toMatchObject({
      ...{ kind: 'timeout', message: `${url}/example/status gave no answer within 50 ms` },
    });
    await silent.close();
  });

  it('says that what answers is something else', async () => {
    const html = await clientOf((_, response) => response.end('Hello, world'));
    await expect(html.health()).rejects.toMatchObject({
      ...{ kind: 'not_json', message: expect.stringContaining('"Hello, world"') },
    });
    expect(html.metrics.requestCount).toBe(1);

    const other = await clientOf((_, response) => response.end('{"state":"fine"}'));
    await expect(other.health()).rejects.toMatchObject({ kind: 'not_json' });
  });

  it('tells why the server said no, and does not ask again', async () => {
    const client = await clientOf((_, response) => {
      response.statusCode = 400;
      response.end('{"success":false,"message":"no such partition"}');
    });

    await expect(client.retryFailedPartitions()).rejects.toMatchObject({
      ...{ kind: 'rejected', status: 400, message: expect.stringMatching(/no such partition$/) },
    });
    expect(client.metrics).toMatchObject({ requestCount: 1, errorCount: 1 });
  });

  it('takes success: false for a no, whatever the status', async () => {
    const client = await clientOf((_, response) =>
      response.end(JSON.stringify({ ...RETRIED, success: false })),
    );

    await expect(client.retryFailedPartitions()).rejects.toMatchObject({ kind: 'rejected' });
  });

  it('asks again while the server is not well, always for the same order', async () => {
    const bodies: string[] = [];
    const client = await clientOf((request, response) => {
      void bodyOf(request).then((body) => {
        bodies.push(body);
        response.statusCode = bodies.length < 3 ? 503 : 200;
        response.end(JSON.stringify(bodies.length < 3 ? { success: false, message: '' } : RETRIED));
      });
    });

    const order = { partitionIds: [1], mode: 'immediate', force: true } as const;
    expect(await client.retryFailedPartitions(order)).toEqual(RETRIED);
    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0] ?? '')).toEqual({
      ...{ partition_ids: [1], mode: 'immediate', force: true },
      idempotency_key: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(client.metrics).toMatchObject({ requestCount: 3, errorCount: 2 });
    expect(client.metrics.avgResponseTimeMs).toBeGreaterThan(0);
  });

  it('bears its token', async () => {
    const client = await clientOf(
      (request, response) =>
        response.end(JSON.stringify({ status: `${request.headers.authorization}`, timestamp: 1 })),
      { token: 'sesame' },
    );

    expect(await client.health()).toMatchObject({ status: 'Bearer sesame' });
  });
});
