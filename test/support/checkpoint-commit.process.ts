import { openSqliteCheckpointStore } from '../../shared/stores/sqlite-checkpoint-store.ts';

/** Commits offsets 1, 2, 3 ... to the store at the path given and prints each once it is kept. */
const store = await openSqliteCheckpointStore({ path: process.argv[2] ?? '' });
for (let offset = 1; ; offset++) {
  const source = { id: 's1', position: { offset } };
  await store.commit({ runner: 'r1', source, sinks: [], totals: offset });
  process.stdout.write(`${offset}\n`);
}
