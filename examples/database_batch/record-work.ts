import type { Pool } from 'pg';
import type { Planner, Processor } from '../../shared/coordinator/library.ts';

const PARTITION_SIZE = 1_000n;

/** As far as there are records. Their IDs may have gaps: a range may hold fewer than it is wide. */
export function recordPlanner(pool: Pool): Planner {
  return {
    partitionSize: async () => PARTITION_SIZE,
    nextMaxId: async (startId, rangeSize) => {
      const max = startId + rangeSize - 1n;
      const { rows } = await pool.query<{ last: string | null }>(
        'SELECT max(id) AS last FROM records',
      );
      const last = BigInt(rows[0]?.last ?? startId - 1n);
      return last < max ? last : max;
    },
    hasData: async (minId, maxId) => {
      const sql = 'SELECT 1 FROM records WHERE id BETWEEN $1 AND $2 LIMIT 1';
      return (await pool.query(sql, [minId, maxId])).rowCount === 1;
    },
  };
}

/**
 * The fence keeps the newest token of a range. It and the records change in one transaction: a
 * worker that does not know yet that it is too late changes nothing, and what was done by one that
 * died before it could say so is not done again, for those records are marked.
 */
const FENCE = `
  INSERT INTO fences (first_id, token) VALUES ($1, $2)
  ON CONFLICT (first_id) DO UPDATE SET token = EXCLUDED.token WHERE fences.token <= EXCLUDED.token`;
const UPDATE = `
  UPDATE records SET processed = true, total = total + amount
  WHERE id BETWEEN $1 AND $2 AND NOT processed`;

export function recordProcessor(pool: Pool): Processor {
  return {
    process: async (minId, maxId, _options, { signal, token }) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const { rowCount: isNewest } = await client.query(FENCE, [minId, token]);
        if (isNewest !== 1) throw new Error(`a newer token than ${token} was here`);
        const { rowCount: updated } = await client.query(UPDATE, [minId, maxId]);
        signal.throwIfAborted();
        await client.query('COMMIT');
        client.release();
        return updated ?? 0;
      } catch (thrown) {
        // Whatever state it is in: a connection that ends takes its transaction back.
        client.release(true);
        throw thrown;
      }
    },
  };
}
