import { expect } from 'vitest';
import { KafkaCluster } from '../support/kafka-cluster.ts';
import { linesIn } from '../support/lines.ts';
import { MariadbServer } from '../support/mariadb-server.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import type { SampleRun, SampleStage } from '../support/sample-stage.ts';
import { waitFor } from '../support/wait-for.ts';

/** Samples that read from databases or write to them. */
export const OF_DATABASES: readonly SampleRun[] = [
  {
    file: 'confs/samples/mysql-table-to-kafka.conf',
    async run(stage) {
      const server = await mariadb(stage);
      const kafka = await KafkaCluster.start();
      stage.closing(() => kafka.stop());
      await server.run(
        'CREATE DATABASE shop; CREATE TABLE shop.orders (id int AUTO_INCREMENT PRIMARY KEY, customer text);' +
          " INSERT INTO shop.orders (customer) VALUES ('jane'), ('joe')",
      );
      await stage.start({
        instead: { '127.0.0.1:9092': kafka.brokers },
        env: { MYSQL_SOURCE: server.datasource },
      });
      // Nobody else can do anything while the messages are looked for.
      await stage.sent(2);
      const messages = kafka.messages('orders', 2);
      expect(messages.map((text) => text.replace(/record-id=\S+ /, '')).toSorted()).toEqual([
        'jane {"id":1,"customer":"jane"}',
        'joe {"id":2,"customer":"joe"}',
      ]);
    },
  },
  {
    file: 'confs/samples/postgres-rows-to-file.conf',
    async run(stage) {
      const server = await postgres(stage);
      await server.run('CREATE TABLE orders (id int, region text)');
      await server.run("INSERT INTO orders VALUES (1, 'north'), (2, 'south'), (3, 'north')");
      const out = stage.path('orders.csv');
      await stage.start({
        instead: { './data/out/orders.csv': out, '"shop"': '"postgres"' },
        env: { POSTGRES_SOURCE: server.datasource },
      });
      const lines = await waitFor('rows', async () => {
        const found = await linesIn(out);
        return found.length >= 2 ? found : null;
      });
      expect(lines).toEqual(['orders,north,2', 'orders,south,1']);
    },
  },
  {
    file: 'confs/samples/redis-list-to-postgres.conf',
    async run(stage) {
      const redis = await RedisServerProcess.start();
      stage.closing(() => redis.stop());
      await redis.redis.config('SET', 'requirepass', 'secret');
      const server = await postgres(stage);
      await server.run(await tableIn(stage));
      await redis.redis.rpush('events', '{"kind":"pay","amount":17.5,"more":1}', '{"kind":"go"}');
      await stage.start({
        instead: { '127.0.0.1:6379': redis.address },
        env: { REDIS_PASSWORD: 'secret', POSTGRES_SOURCE: server.datasource },
      });
      const rows = await waitFor('rows', async () => {
        const found = await server.rows('SELECT kind, amount, rest FROM events ORDER BY kind');
        return found.length >= 2 ? found : null;
      });
      expect(rows).toEqual([
        { kind: 'go', amount: null, rest: null },
        { kind: 'pay', amount: '17.5', rest: { more: 1 } },
      ]);
    },
  },
  {
    file: 'confs/samples/csv-to-mysql.conf',
    async run(stage) {
      const server = await mariadb(stage);
      await server.run(await tableIn(stage));
      await stage.write(
        'sales/1.csv',
        'at;shop;amount\n2026-11-29 01:02:03;north;17.50\n2026-11-29 01:02:04;south;3\n',
      );
      await stage.start({
        instead: { '/srv/sales': stage.path('sales') },
        env: { MYSQL_TARGET: `${server.datasource}/test` },
      });
      const rows = await waitFor('rows', async () => {
        const found = await server.rows(
          "SELECT date_format(at, '%T') AS at, shop, amount FROM sales ORDER BY at",
        );
        return found.length >= 2 ? found : null;
      });
      expect(rows).toEqual([
        { at: '01:02:03', shop: 'north', amount: '17.50' },
        { at: '01:02:04', shop: 'south', amount: '3.00' },
      ]);
    },
  },
];

async function mariadb(stage: SampleStage): Promise<MariadbServer> {
  const server = await MariadbServer.start();
  stage.closing(() => server.stop());
  return server;
}

async function postgres(stage: SampleStage): Promise<PostgresServer> {
  const server = await PostgresServer.start();
  stage.closing(() => server.stop());
  return server;
}

/** The table as the sample's comment says it is to be made. */
async function tableIn(stage: SampleStage): Promise<string> {
  const [statement] = /CREATE TABLE .*/.exec(await stage.text()) ?? [];
  if (statement === undefined) throw new Error('the sample makes no table');
  return statement;
}
