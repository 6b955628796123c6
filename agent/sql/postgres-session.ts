import type { Client } from 'pg';
import { stoppable } from '../../shared/kernel/stoppable.ts';
import { tlsOptions } from '../plugins/server-tls.ts';
import { postgresColumn } from './postgres-values.ts';
import { addressOf, type SqlServer } from './sql-server.ts';
import type { SqlRows, SqlSession } from './sql-session.ts';
import { sqlError } from './sql-trouble.ts';

export interface PostgresOpening {
  readonly server: SqlServer;
  readonly timeoutMs: number;
  /** Of times that have no zone. */
  readonly zone: string;
}

/** Values come as the server writes them: a driver's numbers and dates would lose digits. */
const AS_TEXT = { getTypeParser: () => (text: unknown) => text };

/**
 * Connects; times are told in UTC.
 *
 * @throws AppError `unavailable`, or `invalid` when the server does not let the user in.
 */
export async function openPostgres(
  opening: PostgresOpening,
  signal: AbortSignal,
): Promise<PostgresSession> {
  const { server, timeoutMs } = opening;
  const { Client } = await import('pg');
  const tls = await tlsOptions(server);
  const client = new Client({
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    database: server.database,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'logkit-fleet',
    keepAlive: true,
    options: '-c timezone=UTC -c datestyle=ISO -c extra_float_digits=1',
    ssl: tls ?? false,
  });
  // Told by the query that fails with it, or the next one.
  client.on('error', () => undefined);
  const where = `postgres ${addressOf(server)}`;
  try {
    await stoppable(
      signal,
      () => client.connection.stream.destroy(new Error('aborted')),
      () => client.connect(),
    );
  } catch (thrown) {
    void client.end().catch(() => undefined);
    throw sqlError(thrown, where);
  }
  return new PostgresSession(client, where, opening.zone);
}

export class PostgresSession implements SqlSession {
  readonly #client: Client;
  readonly #where: string;
  readonly #zone: string;

  constructor(client: Client, where: string, zone: string) {
    this.#client = client;
    this.#where = where;
    this.#zone = zone;
  }

  async query(sql: string): Promise<SqlRows> {
    return this.#ask(sql, []);
  }

  /** Values are texts; the server knows what type they are to be. */
  async run(sql: string, values: readonly string[]): Promise<SqlRows> {
    return this.#ask(sql, [...values]);
  }

  async *pieces(sql: string, rowsMax: number): AsyncGenerator<SqlRows, undefined> {
    await this.query('BEGIN READ ONLY');
    await this.query(`DECLARE rows_of_run NO SCROLL CURSOR FOR ${sql}`);
    for (;;) {
      const piece = await this.query(`FETCH ${rowsMax} FROM rows_of_run`);
      if (piece.rows.length === 0) break;
      yield piece;
    }
    await this.query('COMMIT');
  }

  close(): void {
    this.#client.connection.stream.destroy();
    void this.#client.end().catch(() => undefined);
  }

  async #ask(text: string, values: string[]): Promise<SqlRows> {
    try {
      const { fields, rows } = await this.#client.query<unknown[]>({
        ...{ text, values, rowMode: 'array' },
        types: AS_TEXT,
      });
      return { columns: fields.map((field) => postgresColumn(field, this.#zone)), rows };
    } catch (thrown) {
      throw sqlError(thrown, this.#where);
    }
  }
}
