import { connect, isIP, type Socket } from 'node:net';
import type { Connection, ConnectionOptions, FieldPacket, Query } from 'mysql2';
import { AppError } from '../../shared/kernel/errors.ts';
import { stoppable } from '../../shared/kernel/stoppable.ts';
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
export async function openMysql(opening: MysqlOpening, signal: AbortSignal): Promise<MysqlSession> {
  const { server, timeoutMs, zone } = opening;
  const { createConnection } = await import('mysql2');
  const place = await placeOf(server);
  const socket = socketOf(server);
  const options: ConnectionOptions = {
    ...{ ...place, stream: socket },
    user: server.user,
    password: server.password,
    ...(server.database === '' ? {} : { database: server.database }),
    connectTimeout: timeoutMs,
    charset: 'utf8mb4',
    // Values come as the server sent them: a driver's numbers and dates would lose digits.
    typeCast: (field: { buffer(): Buffer | null }) => field.buffer(),
    rowsAsArray: true,
  };
  const facts = { where: `mysql ${addressOf(server)}`, timeoutMs, zone };
  const session = new MysqlSession(createConnection(options), socket, facts);
  try {
    await stoppable(
      signal,
      () => session.close(),
      () => session.query(`SET time_zone = '+00:00', sql_mode = '${SQL_MODE}'`),
    );
  } catch (thrown) {
    session.close();
    throw thrown;
  }
  return session;
}

/** Who the server is, and what it has to show. */
async function placeOf(server: SqlServer): Promise<ConnectionOptions> {
  const { host, port, socketPath } = server;
  const tls = await tlsOptions(server);
  if (tls?.rejectUnauthorized !== true || socketPath !== '') {
    return { host, port, ...(tls !== null && { ssl: tls }) };
  }
  const ssl = { ...tls, verifyIdentity: true };
  // The driver compares the certificate with its host, but never with one that is an address. With
  // a dot behind it, it is none to the driver, and one to Node, which compares it without the dot.
  return { host: isIP(host) === 0 ? host : `${host}.`, port, ssl };
}

function socketOf({ host, port, socketPath }: SqlServer): Socket {
  return socketPath === ''
    ? connect({ host, port, keepAlive: true, noDelay: true })
    : connect({ path: socketPath });
}

interface SessionFacts {
  readonly where: string;
  readonly timeoutMs: number;
  readonly zone: string;
}

export class MysqlSession implements SqlSession {
  readonly #connection: Connection;
  readonly #socket: Socket;
  readonly #facts: SessionFacts;
  /** How those are told who wait for an answer: the driver forgets them when it is closed. */
  readonly #waiting = new Set<(failure: AppError) => void>();

  constructor(connection: Connection, socket: Socket, facts: SessionFacts) {
    this.#connection = connection;
    this.#socket = socket;
    this.#facts = facts;
    connection.on('error', (thrown: unknown) => this.#fail(sqlError(thrown, facts.where)));
  }

  query(sql: string): Promise<SqlRows> {
    const { promise, resolve, reject } = Promise.withResolvers<SqlRows>();
    const { where, timeoutMs } = this.#facts;
    this.#waiting.add(reject);
    // Each error of the driver knows where it was made; that is of no use, and costs.
    this.#connection.query({ sql, timeout: timeoutMs }, (error: unknown, rows: unknown, fields) => {
      this.#waiting.delete(reject);
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
    const stream = query.stream({ highWaterMark: rowsMax });
    const fail = (failure: AppError) => void stream.destroy(failure);
    this.#waiting.add(fail);
    try {
      for await (const row of stream) {
        rows.push(...rowsOf([row]));
        if (rows.length < rowsMax) continue;
        yield { columns, rows };
        rows = [];
      }
    } catch (thrown) {
      throw sqlError(thrown, this.#facts.where);
    } finally {
      this.#waiting.delete(fail);
    }
    if (rows.length > 0) yield { columns, rows };
  }

  close(): void {
    // The driver would wait until the server has hung up, too.
    this.#connection.destroy();
    this.#socket.destroy();
    this.#fail(new AppError('unavailable', `${this.#facts.where}: the connection was closed`));
  }

  #fail(failure: AppError): void {
    for (const fail of this.#waiting) fail(failure);
    this.#waiting.clear();
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
