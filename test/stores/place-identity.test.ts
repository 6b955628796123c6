import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../shared/kernel/clock.ts';
import type { PartitionPlace } from '../../shared/stores/partitions/open-partition-store.ts';
import { PlaceIdentity } from '../../shared/stores/partitions/place-identity.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { openRawServer } from '../support/raw-server.ts';
import { RedisServerProcess } from '../support/redis-server.ts';

const FRESH_MS = 30_000;
const TIMEOUT_MS = 60_000;
const never = new AbortController().signal;

function idOf(place: PartitionPlace): Promise<string> {
  return new PlaceIdentity({ place, clock: systemClock, timeoutMs: TIMEOUT_MS }).id(never);
}

describe('which store a place leads to', () => {
  let dir: string;
  let redis: RedisServerProcess;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'places-'));
    redis = await RedisServerProcess.start();
  });
  afterAll(async () => {
    await redis.stop();
    await rm(dir, { recursive: true });
  });

  it('is the same for all that are led to it, and another for each other one', async () => {
    const url = `redis://${redis.address}`;
    const places: readonly PartitionPlace[] = [
      { type: 'sqlite', path: join(dir, 'a.db') },
      { type: 'sqlite', path: join(dir, 'b.db') },
      { type: 'redis', url },
      { type: 'redis', url, prefix: 'other' },
      { type: 'redis', url: `${url}/1` },
    ];

    const first = await Promise.all(places.map(idOf));
    const again = await Promise.all(places.map(idOf));

    expect(new Set(first).size).toBe(places.length);
    expect(again).toEqual(first);
  });

  it('is looked for anew after a while, for the data may have been made anew', async () => {
    const clock = new FakeClock();
    const place = { type: 'redis', url: `redis://${redis.address}`, prefix: 'anew' } as const;
    const identity = new PlaceIdentity({ place, clock, timeoutMs: TIMEOUT_MS });
    const before = await identity.id(never);
    await redis.redis.flushall();

    const soon = await identity.id(never);
    clock.advance(FRESH_MS);
    const later = await identity.id(never);

    expect(soon).toBe(before);
    expect(later).not.toBe(before);
    expect(later).toBe(await idOf(place));
  });

  it('is asked for again after a failure', async () => {
    const server = await openRawServer((socket) => socket.destroy());
    const place = { type: 'redis', url: `redis://127.0.0.1:${server.port}` } as const;
    const identity = new PlaceIdentity({ place, clock: systemClock, timeoutMs: TIMEOUT_MS });
    try {
      await expect(identity.id(never)).rejects.toMatchObject({ kind: 'unavailable' });
      const asked = server.requests.length;
      await expect(identity.id(never)).rejects.toMatchObject({ kind: 'unavailable' });

      expect(server.requests.length).toBeGreaterThan(asked);
    } finally {
      await server.close();
    }
  });

  it('is not waited for without end', async () => {
    const server = await openRawServer(() => undefined);
    const clock = new FakeClock();
    const place = { type: 'redis', url: `redis://127.0.0.1:${server.port}` } as const;
    const identity = new PlaceIdentity({ place, clock, timeoutMs: 3_000 });
    try {
      const asking = identity.id(never);
      clock.advance(3_000);

      await expect(asking).rejects.toMatchObject({
        kind: 'timeout',
        message: 'the store did not answer within 3000 ms',
      });
    } finally {
      await server.close();
    }
  });
});
