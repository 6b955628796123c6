import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'pg';
import { AppError } from '../../shared/coordinator/library.ts';

const CONNECT_MS_MAX = 5_000;
/** Of several processes that begin together, one makes the tables. */
const SCHEMA_LOCK = 7_301_944;

/** Opens the database of the example, with its tables. */
export async function openDatabase(url: string): Promise<Pool> {
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: CONNECT_MS_MAX });
  // A connection that breaks while nobody uses it is replaced by the next one.
  pool.on('error', () => undefined);
  const schema = await readFile(join(import.meta.dirname, 'schema.sql'), 'utf8');
  try {
    // One text is one transaction.
    await pool.query(`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK}); ${schema}`);
  } catch (cause) {
    await pool.end();
    throw new AppError(
      'unavailable',
      `PostgreSQL cannot be used: ${reasonOf(cause)}; start it, or set DATABASE_URL to where it is`,
      { cause },
    );
  }
  return pool;
}

/** One that several addresses have refused has no message of its own. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return thrown.errors.map(reasonOf).join(', ');
  return thrown instanceof Error ? thrown.message : String(thrown);
}
