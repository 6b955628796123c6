import { describe, expect, it } from 'vitest';
import { faultsOf, playBadDay } from './bad-day.ts';
import { STORE_SERVERS } from './store-servers.ts';

const PARTITIONS = 4_000;

describe.each([...STORE_SERVERS])('eight processes on %s', (_type, start) => {
  it('work off every ID once, whoever is killed, stands still or is cut off', async () => {
    const server = await start();
    try {
      expect(faultsOf(await playBadDay(server, PARTITIONS), PARTITIONS)).toEqual([]);
    } finally {
      await server.stop();
    }
  });
});
