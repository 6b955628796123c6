import { runExample, say } from '../run-example.ts';
import { openDatabase } from './database.ts';

const { DATABASE_URL: databaseUrl = 'postgres://postgres@localhost:5432/postgres' } = process.env;
const COUNT_DEFAULT = 100_000;

/** Behind the last record: every third ID is missing, as it is in tables that are in use. */
const FILL = `
  INSERT INTO records (id, amount)
  SELECT id, id % 100 FROM (SELECT coalesce(max(id), 0) AS last FROM records) AS known,
    generate_series(known.last + 1, known.last + $1) AS id
  WHERE id % 3 <> 0`;

await runExample(async () => {
  const pool = await openDatabase(databaseUrl);
  const count = Number(process.argv[2] ?? COUNT_DEFAULT);
  const { rowCount } = await pool.query(FILL, [count]);
  say(`${rowCount} records were added`);
  await pool.end();
});
