import type { Pool } from 'pg';
import type { PostgresServer } from '../support/postgres-server.ts';

/**
 * A table that processors append to, guarded by tokens: a partition is taken as a whole, in the
 * place of what an earlier token has put there, and nothing of an older token than was seen. Each
 * statement of a volatile function sees what was committed before it, so a partition's row in
 * `seen` keeps two of its holders apart.
 */
const SCHEMA = `
  CREATE TABLE seen (first_id bigint PRIMARY KEY, token bigint NOT NULL);
  CREATE TABLE items (id bigint NOT NULL, first_id bigint NOT NULL);
  CREATE INDEX ON items (first_id);
  CREATE FUNCTION take(first bigint, last bigint, shown bigint) RETURNS boolean AS $$
  BEGIN
    INSERT INTO seen AS known VALUES (first, shown) ON CONFLICT (first_id)
      DO UPDATE SET token = shown WHERE known.token <= shown;
    IF NOT FOUND THEN RETURN false; END IF;
    DELETE FROM items WHERE first_id = first;
    INSERT INTO items SELECT id, first FROM generate_series(first, last) AS id;
    RETURN true;
  END $$ LANGUAGE plpgsql`;

export async function makeSink(postgres: PostgresServer): Promise<void> {
  await postgres.run(SCHEMA);
}

/** False: the sink has seen a newer token. */
export async function take(
  sink: Pool,
  { min, max, token }: { readonly min: bigint; readonly max: bigint; readonly token: number },
): Promise<boolean> {
  const { rows } = await sink.query<{ is_taken: boolean }>('SELECT take($1, $2, $3) AS is_taken', [
    min,
    max,
    token,
  ]);
  return rows[0]?.is_taken === true;
}

export interface Arrived {
  readonly items: number;
  /** Different ones. */
  readonly ids: number;
  readonly least: number;
  readonly most: number;
}

export async function arrived(postgres: PostgresServer): Promise<Arrived> {
  const [row = {}] = await postgres.rows(
    'SELECT count(*) AS items, count(DISTINCT id) AS ids, min(id) AS least, max(id) AS most FROM items',
  );
  const number = (name: string): number => Number(row[name]);
  return {
    ...{ items: number('items'), ids: number('ids') },
    ...{ least: number('least'), most: number('most') },
  };
}
