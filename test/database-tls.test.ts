import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReaderPlugin, SenderPlugin } from '../agent/plugins/plugin.ts';
import { mysqlReader } from '../agent/plugins/readers/mysql.ts';
import { postgresReader } from '../agent/plugins/readers/postgres.ts';
import { redisReader } from '../agent/plugins/readers/redis.ts';
import { mysqlSender } from '../agent/plugins/senders/mysql.ts';
import { postgresSender } from '../agent/plugins/senders/postgres.ts';
import { redisSender } from '../agent/plugins/senders/redis.ts';
import { ObjectRecords } from '../agent/records/object-records.ts';
import { freePort } from './support/fleet-process.ts';
import { MariadbServer } from './support/mariadb-server.ts';
import { pluginContext } from './support/plugin-context.ts';
import { PostgresServer } from './support/postgres-server.ts';
import { Reading } from './support/reading.ts';
import { RedisServerProcess } from './support/redis-server.ts';
import { TlsFiles } from './support/tls-files.ts';

type Options = Record<string, string>;

/** A server that lets nobody in without TLS, and has a certificate for 127.0.0.1 alone. */
interface TlsServer {
  readonly port: number;
  stop(): Promise<void>;
}

interface Database {
  readonly name: string;
  readonly sender: SenderPlugin;
  readonly reader: ReaderPlugin;
  readonly start: (files: TlsFiles) => Promise<TlsServer>;
  readonly senderOptions: (host: string, port: number) => Options;
  readonly readerOptions: (host: string, port: number) => Options;
}

const MYSQL: Database = {
  name: 'mysql',
  sender: mysqlSender,
  reader: mysqlReader,
  async start({ paths }) {
    const server = await MariadbServer.start([
      `--ssl-cert=${paths.cert}`,
      `--ssl-key=${paths.key}`,
    ]);
    await server.run('CREATE TABLE logs (record_id varchar(255) UNIQUE, word text)');
    await server.run('CREATE USER shy REQUIRE SSL; GRANT ALL ON *.* TO shy');
    return server;
  },
  senderOptions: (host, port) => ({
    mysql_datasource: `shy@tcp(${host}:${port})/test`,
    mysql_table: 'logs',
  }),
  readerOptions: (host, port) => ({
    mysql_datasource: `shy@tcp(${host}:${port})`,
    mysql_database: 'test',
    mysql_sql: 'SELECT word FROM logs',
  }),
};

const POSTGRES: Database = {
  name: 'postgres',
  sender: postgresSender,
  reader: postgresReader,
  async start({ dir, paths }) {
    const rules = join(dir, 'pg_hba.conf');
    await writeFile(rules, 'hostssl all shy all trust\nhost all postgres all trust\n');
    const server = await PostgresServer.start([
      ...['ssl=on', `ssl_cert_file=${paths.cert}`, `ssl_key_file=${paths.key}`],
      `hba_file=${rules}`,
    ]);
    await server.run('CREATE ROLE shy LOGIN SUPERUSER');
    await server.run('CREATE TABLE logs (record_id varchar(255) UNIQUE, word text)');
    return server;
  },
  senderOptions: (host, port) => ({
    postgres_datasource: `host=${host} port=${port} user=shy dbname=postgres`,
    postgres_table: 'logs',
  }),
  readerOptions: (host, port) => ({
    postgres_datasource: `host=${host} port=${port} user=shy dbname=postgres`,
    postgres_sql: 'SELECT word FROM logs',
  }),
};

const REDIS: Database = {
  name: 'redis',
  sender: redisSender,
  reader: redisReader,
  async start({ paths }) {
    const port = await freePort();
    const server = await RedisServerProcess.start([
      ...['--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-ca-cert-file', paths.ca],
      ...['--tls-cert-file', paths.cert, '--tls-key-file', paths.key],
    ]);
    return { port, stop: () => server.stop() };
  },
  senderOptions: (host, port) => ({
    redis_address: `${host}:${port}`,
    redis_key: 'logs',
    // What was sent by another test is taken out of the list by its reader.
    redis_once_for: '0',
  }),
  readerOptions: (host, port) => ({ redis_address: `${host}:${port}`, redis_key: 'logs' }),
};

const REFUSED = { kind: 'invalid', message: expect.stringContaining('its certificate is not') };

describe.each([MYSQL, POSTGRES, REDIS])(
  '$name over TLS with an authority of its own',
  ({ name, sender, reader, start, senderOptions, readerOptions }) => {
    let own: TlsFiles;
    let other: TlsFiles;
    let server: TlsServer;

    beforeAll(async () => {
      own = await TlsFiles.make();
      other = await TlsFiles.make();
      server = await start(own);
    });

    afterAll(async () => {
      await server.stop();
      await own.remove();
      await other.remove();
    });

    const tlsOptions = ({ tls, ca }: { tls: string; ca: string }): Options => {
      const files = new Map([
        ['own', own.paths.ca],
        ['other', other.paths.ca],
      ]);
      return { [`${name}_tls`]: tls, [`${name}_tls_ca`]: files.get(ca) ?? '' };
    };

    async function send(options: Options): Promise<void> {
      const opened = await sender.configure(options).open(pluginContext());
      try {
        const records = new ObjectRecords([{ word: 'hello' }]);
        await opened.send(records, new AbortController().signal, { key: 'k' });
      } finally {
        await opened.close();
      }
    }

    it.each([
      { tls: 'verify', ca: 'own', host: '127.0.0.1', why: 'of that authority, for this name' },
      { tls: 'skip_verify', ca: 'none', host: 'localhost', why: 'of whomever, for whatever name' },
      { tls: 'skip_verify', ca: 'other', host: '127.0.0.1', why: 'of another authority' },
    ])('sends and reads with "$tls" and a certificate $why', async ({ host, ...given }) => {
      const tls = tlsOptions(given);
      await send({ ...senderOptions(host, server.port), ...tls });

      const reading = new Reading(reader, { ...readerOptions(host, server.port), ...tls });

      expect(await reading.until(1)).toContain('{"word":"hello"}');
      await reading.stop();
    });

    it.each([
      { tls: 'verify', ca: 'none', host: '127.0.0.1', why: 'of nobody whom Node knows' },
      { tls: 'verify', ca: 'other', host: '127.0.0.1', why: 'of another authority' },
      { tls: 'verify', ca: 'own', host: 'localhost', why: 'for another name' },
    ])('neither sends nor reads with "$tls" and a certificate $why', async ({ host, ...given }) => {
      const tls = tlsOptions(given);

      await expect(send({ ...senderOptions(host, server.port), ...tls })).rejects.toMatchObject(
        REFUSED,
      );
      const reading = new Reading(reader, { ...readerOptions(host, server.port), ...tls });
      expect(await reading.failure()).toMatchObject(REFUSED);
    });

    it('is not let in without TLS', async () => {
      await expect(send(senderOptions('127.0.0.1', server.port))).rejects.toMatchObject({
        name: 'AppError',
      });
    });
  },
);
