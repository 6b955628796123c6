import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistryStore } from '../../shared/stores/registry/open-registry-store.ts';
import type { StorePlace } from '../../shared/stores/store-place.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { change, instance } from './registry-contract/registry-bench.ts';

describe('openRegistryStore', () => {
  let server: RedisServerProcess;
  let dir: string;

  beforeAll(async () => {
    server = await RedisServerProcess.start();
    dir = await mkdtemp(join(tmpdir(), 'registry-'));
  });
  afterAll(async () => {
    await rm(dir, { recursive: true });
    await server.stop();
  });

  /** Registers web-1 in one, and tells whether the other one has it. */
  async function isSame(
    [one, other]: readonly [StorePlace, StorePlace],
    [prefix, otherPrefix]: readonly (string | undefined)[] = [],
  ): Promise<boolean> {
    const at = (given?: string) => (given === undefined ? {} : { prefix: given });
    const first = await openRegistryStore(one, at(prefix));
    const second = await openRegistryStore(other, at(otherPrefix));
    await first.write([change(instance('web-1'))]);
    const [found] = await second.find(['web-1']);
    await Promise.all([first.close(), second.close()]);
    return found !== null;
  }

  it("opens one in memory that is nobody else's", async () => {
    expect(await isSame([{ type: 'memory' }, { type: 'memory' }])).toBe(false);
  });

  it('opens the one in a file, whose prefix may end with a slash', async () => {
    const place: StorePlace = { type: 'sqlite', path: join(dir, 'r.db') };

    expect(await isSame([place, place], ['/other', '/aio/registry'])).toBe(false);
    expect(await isSame([place, place], [undefined, '/aio/registry/'])).toBe(true);
  });

  it('opens the one in Redis, behind the prefix of the place', async () => {
    const place: StorePlace = { type: 'redis', url: `redis://${server.address}` };

    expect(await isSame([place, { ...place, prefix: 'fleet' }])).toBe(false);
    expect(await isSame([place, place], ['/x', '/x'])).toBe(true);
    const keys = await server.redis.keys('*');
    expect(keys).toContain('{/aio/registry}:state');
    expect(keys).toContain('{fleet/aio/registry}:state');
  });
});
