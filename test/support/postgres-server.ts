import { globSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from './fleet-process.ts';
import { ServerProcess } from './server-process.ts';
import { waitFor } from './wait-for.ts';

/** A PostgreSQL server on a free port; everyone is let in. */
export class PostgresServer {
  readonly port: number;
  readonly #process: ServerProcess;
  readonly #clients: Client[] = [];

  private constructor(process: ServerProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  /** `settings`: lines of postgresql.conf; `files`: what they name is to be in the folder. */
  static async start(settings: readonly string[] = []): Promise<PostgresServer> {
    const process = await ServerProcess.prepare('postgres');
    const port = await freePort();
    const bin = globSync('/usr/lib/postgresql/*/bin').toSorted().at(-1) ?? '';
    const data = join(process.dir, 'data');
    process.run(join(bin, 'initdb'), ['-N', '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', data]);
    const all = ['fsync=off', 'listen_addresses=127.0.0.1', `unix_socket_directories=${data}`];
    const flags = [...all, ...settings].flatMap((setting) => ['-c', setting]);
    process.start(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...flags]);
    const server = new PostgresServer(process, port);
    await waitFor('postgres', async () => {
      await server.client();
      return true;
    });
    return server;
  }

  /** As an option takes it. */
  get datasource(): string {
    return `host=127.0.0.1 port=${this.port} user=postgres`;
  }

  /** A connection of its own, until the server stops. */
  async client(): Promise<Client> {
    const client = new Client({ host: '127.0.0.1', port: this.port, user: 'postgres' });
    client.on('error', () => undefined);
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  async run(sql: string): Promise<void> {
    await this.#any.query(sql);
  }

  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const { rows } = await this.#any.query<Record<string, unknown>>(sql);
    return rows;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#clients.map((client) => client.end()));
    await this.#process.remove();
  }

  get #any(): Client {
    const [client] = this.#clients;
    if (client === undefined) throw new Error('postgres is not started');
    return client;
  }
}
