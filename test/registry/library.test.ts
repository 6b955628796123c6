import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { openRegistry, renewService } from '../../shared/registry/library.ts';
import { waitFor } from '../support/wait-for.ts';

const REGISTRATION = { id: 'user-1', name: 'user-service', address: '127.0.0.1:8080' };

describe('openRegistry', () => {
  it('opens what others have in the same file, and expires what does not renew', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'registry-'));
    const store = { type: 'sqlite', path: join(dir, 'registry.db') } as const;
    const options = { store, leaseTtlSeconds: 0.2, renewIntervalMs: 50 };
    const [one, other] = [await openRegistry(options), await openRegistry(options)];
    await one.register(REGISTRATION);

    expect(await other.discover('user-service')).toMatchObject([REGISTRATION]);
    await waitFor('that it expires', async () => (await other.getService('user-1')).isOffline());
    await Promise.all([one.close(), other.close()]);
    await rm(dir, { recursive: true });
  });

  it('knows what was registered, so that it can be registered again', async () => {
    const lines: string[] = [];
    const registry = await openRegistry({ store: { type: 'memory' } });
    registry.setLogger(pino({}, { write: (line: string) => lines.push(line) }));
    await registry.register({ ...REGISTRATION, weight: 7 });
    const stop = renewService(registry, 'user-1', 10);
    await registry.registry.unregister('user-1');
    const back = await waitFor('that it is back', () =>
      registry.getService('user-1').catch(() => null),
    );

    expect(back.weight).toBe(7);
    expect(lines.join('')).toContain('registered again');
    await stop({ unregister: true });
    expect(await registry.listServices()).toEqual([]);
    await registry.close();
  });

  it('tells a thousand who watch the same service of each change', async () => {
    const registry = await openRegistry({ store: { type: 'memory' } });
    const all = Array.from({ length: 1_000 }, () => registry.watch('user-service'));
    const watchers = await Promise.all(all);
    await Promise.all(watchers.map((watcher) => watcher.next()));
    const told = watchers.map((watcher) => watcher.next());
    await registry.register(REGISTRATION);

    for (const instances of await Promise.all(told))
      expect(instances).toMatchObject([REGISTRATION]);
    for (const watcher of watchers) watcher.stop();
    await registry.close();
  });

  it('refuses options that are none', async () => {
    const store = { type: 'memory' } as const;

    await expect(openRegistry({ store, leaseTtlSeconds: 0 })).rejects.toThrow(
      /^leaseTtlSeconds: lease TTL must be positive/,
    );
  });
});
