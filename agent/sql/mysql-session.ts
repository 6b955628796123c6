import { connect, isIP } from 'node:net';
import type { Connection, ConnectionOptions, FieldPacket, Query } from 'mysql2';
import { tlsOptions } from '../plugins/server-tls.ts';
import { mysqlColumn } from './mysql-values.ts';
import { addressOf, type SqlServer } from './sql-server.ts';
import type { SqlColumn, SqlRows, SqlSession } from './sql-session.ts';
import { sqlError } from './sql-trouble.ts';

export interface MysqlOpening {
  readonly server: SqlServer;
  readonly timeoutMs: number;
  /** Of times that have no zone. */
  readonly zone: string;
}

/** What is wrong must be refused, not bent until it fits. */
const SQL_MODE = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';

/**
 * Connects; TIMESTAMPs are told in UTC.
 *
 * @throws AppError `unavailable`, or `invalid` when the server does not let the user in.
 */
export async function openMysql(opening: MysqlOpening): Promise<MysqlSession> {
  const { server, timeoutMs, zone } = opening;
  const { createConnection } = await import('mysql2');
  const options: ConnectionOptions = {
    ...(await placeOf(server)),
    user: server.user,
    password: server.password,
    ...(server.database === '' ? {} : { database: server.database }),
    connectTimeout: timeoutMs,
    enableKeepAlive: true,
    charset: 'utf8mb4',
    // Values come as the server sent them: a driver's numbers and dates would lose digits.
    typeCast: (field: { buffer(): Buffer | null }) => field.buffer(),
    rowsAsArray: true,
  };
  const connection = createConnection(options);
  // Told by the query that fails with it, or the next one.
  connection.on('error', () => undefined);
  const session = new MysqlSession(connection, {
    where: `mysql ${addressOf(server)}`,
    timeoutMs,
    zone,
  });
  try {
    await session.query(`SET time_zone = '+00:00', sql_mode = '${SQL_MODE}'`);
  } catch (thrown) {
    session.close();
    throw thrown;
  }
  return session;
}

/** Where the server is, and what it has to show. */
async function placeOf(server: SqlServer): Promise<ConnectionOptions> {
  const { host, port, socketPath } = server;
  const tls = await tlsOptions(server);
  if (socketPath !== '') return { socketPath, ...(tls !== null && { ssl: tls }) };
  if (tls?.rejectUnauthorized !== true) return { host, port, ...(tls !== null && { ssl: tls }) };
  const ssl = { ...tls, verifyIdentity: true };
  if (isIP(host) === 0) return { host, port, ssl };
  // The driver compares the certificate with its host, but never with one that is an address. With
  // a dot behind it, it is none to the driver, and one to Node, which compares it without the dot.
  const stream = () => connect({ host, port, keepAlive: true, noDelay: true });
  return { host: `${host}.`, port, ssl, stream };
}

interface SessionFacts {
  readonly where: string;
  readonly timeoutMs: number;
  readonly zone: string;
}

export class MysqlSession implements SqlSession {
  readonly #connection: Connection;
  readonly #facts: SessionFacts;

  constructor(connection: Connection, facts: SessionFacts) {
    this.#connection = connection;
    this.#facts = facts;
  }

  query(sql: string): Promise<SqlRows> {
    const { promise, resolve, reject } = Promise.withResolvers<SqlRows>();
    const { where, timeoutMs } = this.#facts;
    // Each error of the driver knows where it was made; that is of no use, and costs.
    this.#connection.query({ sql, timeout: timeoutMs }, (error: unknown, rows: unknown, fields) => {
      if (error !== null && error !== undefined) reject(sqlError(error, where));
      else resolve({ columns: this.#columns(fields), rows: rowsOf(rows) });
    });
    return promise;
  }

  async *pieces(sql: string, rowsMax: number): AsyncGenerator<SqlRows, undefined> {
    const query: Query = this.#connection.query({ sql });
    let columns: SqlColumn[] = [];
    query.on('fields', (fields: FieldPacket[]) => {
      columns = this.#columns(fields);
    });
    let rows: unknown[][] = [];
    try {
      for await (const row of query.stream({ highWaterMark: rowsMax })) {
        rows.push(...rowsOf([row]));
        if (rows.length < rowsMax) continue;
        yield { columns, rows };
        rows = [];
      }
    } catch (thrown) {
      throw sqlError(thrown, this.#facts.where);
    }
    if (rows.length > 0) yield { columns, rows };
  }

  close(): void {
    this.#connection.destroy();
  }

  #columns(fields: unknown): SqlColumn[] {
    if (!Array.isArray(fields)) return [];
    return fields.map((field: FieldPacket) => mysqlColumn(field, this.#facts.zone));
  }
}

/** Of a statement that has no rows: none. */
function rowsOf(rows: unknown): unknown[][] {
  return Array.isArray(rows) ? rows.filter((row): row is unknown[] => Array.isArray(row)) : [];
}
