import { join } from 'node:path';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { freePort } from './fleet-process.ts';
import { ServerProcess } from './server-process.ts';
import { waitFor } from './wait-for.ts';

/** A MariaDB server on a free port, with a database `test` and a user `tester` without a password. */
export class MariadbServer {
  readonly port: number;
  readonly #process: ServerProcess;
  readonly #connections: Connection[] = [];

  private constructor(process: ServerProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  static async start(flags: readonly string[] = []): Promise<MariadbServer> {
    const process = await ServerProcess.prepare('mariadb');
    const port = await freePort();
    const data = join(process.dir, 'data');
    const socket = join(process.dir, 'sock');
    process.run('mariadb-install-db', [
      ...['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal'],
      ...['--skip-test-db', '--skip-name-resolve', '--innodb-log-file-size=8M'],
    ]);
    process.start('mariadbd', [
      ...['--no-defaults', `--datadir=${data}`, `--port=${port}`, `--socket=${socket}`],
      ...['--bind-address=127.0.0.1', '--skip-name-resolve', '--innodb-flush-log-at-trx-commit=0'],
      ...[`--pid-file=${join(process.dir, 'pid')}`, '--innodb-log-file-size=8M', ...flags],
    ]);
    const server = new MariadbServer(process, port);
    await waitFor('mariadb', async () => server.#prepare(socket));
    return server;
  }

  /** As an option takes it. */
  get datasource(): string {
    return `tester@tcp(127.0.0.1:${this.port})`;
  }

  /** A connection of its own, until the server stops. */
  async connection(): Promise<Connection> {
    const connection = await createConnection({
      ...{ host: '127.0.0.1', port: this.port, user: 'tester', database: 'test' },
      ...{ multipleStatements: true, supportBigNumbers: true, bigNumberStrings: true },
    });
    connection.on('error', () => undefined);
    this.#connections.push(connection);
    return connection;
  }

  async run(sql: string): Promise<void> {
    await this.#any.query(sql);
  }

  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const [rows] = await this.#any.query<RowDataPacket[]>(sql);
    return rows.map((row) => ({ ...row }));
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await this.#process.remove();
  }

  async #prepare(socketPath: string): Promise<boolean> {
    const root = await createConnection({ socketPath, user: 'root', multipleStatements: true });
    await root.query(
      'CREATE DATABASE IF NOT EXISTS test; CREATE OR REPLACE USER tester;' +
        ' GRANT ALL ON *.* TO tester WITH GRANT OPTION; FLUSH PRIVILEGES',
    );
    await root.end();
    await this.connection();
    return true;
  }

  get #any(): Connection {
    const [connection] = this.#connections;
    if (connection === undefined) throw new Error('mariadb is not started');
    return connection;
  }
}
