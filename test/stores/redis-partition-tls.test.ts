import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRedisPartitionStore } from '../../shared/stores/partitions/redis/redis-partition-store.ts';
import type { RedisPlace } from '../../shared/stores/redis/redis-place.ts';
import { makePrivateCa } from '../support/private-ca.ts';
import { RedisServerProcess } from '../support/redis-server.ts';

describe('a place in Redis behind TLS', () => {
  let dir: string;
  let server: RedisServerProcess;
  let edge: Server;
  let url: string;
  let ca: string;
  /** Whoever shows no certificate is sent away. */
  let isStrict = false;
  let identity: { readonly cert: string; readonly key: string };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'redis-tls-'));
    server = await RedisServerProcess.start();
    const files = makePrivateCa(dir);
    ca = readFileSync(files.ca, 'utf8');
    identity = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
    const asking = { ca, requestCert: true, rejectUnauthorized: false };
    edge = createServer({ ...identity, ...asking }, (client) => {
      if (isStrict && !client.authorized) {
        client.destroy();
        return;
      }
      const upstream = connect(server.port, '127.0.0.1');
      client.on('error', () => upstream.destroy());
      client.pipe(upstream).pipe(client);
    });
    edge.listen(0, '127.0.0.1');
    await once(edge, 'listening');
    const address = edge.address();
    url = `rediss://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  afterAll(async () => {
    edge.close();
    await server.stop();
    await rm(dir, { recursive: true });
  });

  async function countsIn(place: RedisPlace) {
    const store = await openRedisPartitionStore({ place, namespace: 'n' });
    try {
      return await store.counts();
    } finally {
      await store.close();
    }
  }

  it('is trusted by the authority that it is told of', async () => {
    expect(await countsIn({ url, tls: { ca } })).toMatchObject({ pending: 0 });
  });

  it('is not trusted without it, unless anybody is', async () => {
    await expect(countsIn({ url })).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await countsIn({ url, tls: { isVerified: false } })).toMatchObject({ pending: 0 });
  });

  it('is shown a certificate where it asks for one', async () => {
    isStrict = true;
    await expect(countsIn({ url, tls: { ca } })).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await countsIn({ url, tls: { ca, ...identity } })).toMatchObject({ pending: 0 });
    isStrict = false;
  });
});
