import { openSqliteRegistryStore } from '../../shared/stores/registry/sqlite/sqlite-registry-store.ts';
import { change, event, instance, LONG_MS } from '../stores/registry-contract/registry-bench.ts';

/**
 * Registers web-1, web-2, web-3 ... in the file given, renews each, and prints its number once that
 * is kept; ends at what goes wrong, with its kind.
 */
const path = process.argv[2] ?? '';
const store = await openSqliteRegistryStore({ path, prefix: '/test', graceMs: LONG_MS });
try {
  for (let nth = 1; ; nth += 1) {
    const record = instance(`web-${nth}`, { metadata: { filler: 'x'.repeat(1_000) } });
    await store.write([
      { ...change(record), lease: { ttlMs: 1 }, event: event(`the one of ${nth}`) },
    ]);
    await store.renew([record.id], LONG_MS);
    process.stdout.write(`${nth}\n`);
  }
} catch (thrown) {
  const kind = thrown instanceof Error && 'kind' in thrown ? thrown.kind : 'none';
  process.stdout.write(`${String(kind)}\n`);
} finally {
  await store.close();
}
