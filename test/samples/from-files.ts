import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { SampleRun } from '../support/sample-stage.ts';

const REQUEST =
  '203.0.113.9 - bob [10/Oct/2026:13:55:36 +0200] "GET /cart HTTP/1.1" 200 512 "-" "curl/8.5.0"';

/** Samples that read files and write files. */
export const FROM_FILES: readonly SampleRun[] = [
  {
    file: 'confs/logkit-self.conf',
    async run(stage) {
      const log = await stage.write('self.log', '{"level":30,"msg":"started"}\n');
      const out = stage.path('self.ndjson');
      await stage.start({
        instead: { './run/logkit-fleet.log': log, './data/out/logkit-self.ndjson': out },
      });
      expect(await stage.records(out, 1)).toEqual([
        { level: 30, msg: 'started', collected_by: 'logkit-self' },
      ]);
    },
  },
  {
    file: 'confs/samples/dir-raw-to-file.conf',
    async run(stage) {
      await stage.write('done/a.log', '{"a":1}\n');
      await stage.write('done/b.txt', 'no\n');
      const out = stage.path('archive.log');
      await stage.start({
        instead: {
          '/var/log/shop/done': stage.path('done'),
          './data/out/archive-%Y-%m-%d.log': out,
        },
      });
      expect(await stage.records(out, 1)).toEqual([{ a: 1 }]);
    },
  },
  {
    file: 'confs/samples/archive-to-file.conf',
    async run(stage) {
      await stage.write('2025/a.json', '{"a":1}\n');
      await writeFile(stage.path('2025/b.json.gz'), gzipSync('{"b":2}'));
      const out = stage.path('archive.ndjson');
      await stage.start({
        instead: {
          '/archive/shop/*/*.json*': stage.path('*/*.json*'),
          './data/out/archive.ndjson': out,
          '"settle": "1m"': '"settle": "0s"',
        },
      });
      expect(await stage.records(out, 2)).toEqual([{ a: 1 }, { b: 2 }]);
    },
  },
  {
    file: 'confs/samples/nginx-to-file.conf',
    async run(stage) {
      const log = await stage.write('access.log', `${REQUEST}\n`);
      const out = stage.path('nginx.ndjson');
      await stage.start({
        instead: { '/var/log/nginx/access.log': log, './data/out/nginx-%Y-%m-%d.ndjson': out },
      });
      expect(await stage.records(out, 1)).toEqual([
        {
          ...{ remote_addr: '203.0.113.9', remote_user: 'bob', request: 'GET /cart HTTP/1.1' },
          ...{ time_local: '2026-10-10T13:55:36+02:00', status: 200, body_bytes_sent: 512 },
          ...{ http_referer: '-', http_user_agent: 'curl/8.5.0' },
        },
      ]);
    },
  },
  {
    file: 'confs/samples/java-stack-traces-to-file.conf',
    async run(stage) {
      const log = await stage.write(
        'server.log',
        [
          '2026-11-29 01:02:03.004 ERROR [main] com.shop.Cart - Cannot pay',
          'java.lang.IllegalStateException: no card',
          '\tat com.shop.Cart.pay(Cart.java:17)',
          '2026-11-29 01:02:04.000  INFO [main] com.shop.Cart - Paid',
          '',
        ].join('\n'),
      );
      const out = stage.path('java.ndjson');
      await stage.start({
        instead: { '/var/log/shop/server.log': log, './data/out/java.ndjson': out },
      });
      expect(await stage.records(out, 2)).toMatchObject([
        {
          ...{ level: 'ERROR', thread: 'main', logger: 'com.shop.Cart' },
          message: expect.stringMatching(/^Cannot pay java\.lang.*Cart\.java:17\)$/),
        },
        { level: 'INFO', message: 'Paid' },
      ]);
    },
  },
  {
    file: 'confs/samples/mysql-slow-log-to-file.conf',
    async run(stage) {
      const query = (seconds: number, statement: string) =>
        [
          '# User@Host: shop[shop] @ localhost []  Id: 3',
          `# Query_time: ${seconds}  Lock_time: 0.01 Rows_sent: 0  Rows_examined: 12`,
          'SET timestamp=1514083320;',
          `${statement};`,
          '',
        ].join('\n');
      const log = await stage.write(
        'slow.log',
        query(0.5, 'SELECT 1') + query(2.5, 'SELECT *\n  FROM orders') + query(3, 'SELECT 3'),
      );
      const out = stage.path('slow.ndjson');
      await stage.start({
        instead: { '/var/log/mysql/mysql-slow.log': log, './data/out/mysql-slow.ndjson': out },
      });
      expect(await stage.records(out, 2)).toMatchObject([
        { Query_time: 2.5, User: 'shop', Statement: 'SELECT *\n  FROM orders;' },
        { Query_time: 3, Statement: 'SELECT 3;' },
      ]);
    },
  },
  {
    file: 'confs/samples/grok-custom-to-file.conf',
    async run(stage) {
      const log = await stage.write(
        'payments.log',
        '2026-11-29T01:02:03Z order=AB-123456 paid 17.50 EUR\n2026-11-29T01:02:04Z nothing\n',
      );
      const out = stage.path('payments.ndjson');
      await stage.start({
        instead: { '/var/log/shop/payments.log': log, './data/out/payments.ndjson': out },
      });
      expect(await stage.records(out, 2)).toEqual([
        { time: '2026-11-29T01:02:03Z', order: 'AB-123456', amount: 17.5, currency: 'EUR' },
        { not_understood: '2026-11-29T01:02:04Z nothing' },
      ]);
    },
  },
  {
    file: 'confs/samples/personal-data-masked.conf',
    async run(stage) {
      const customer = {
        ...{ message: 'jane.doe@example.com paid with 4111 1111 1111 1111', email: 'a.b@c.de' },
        ...{ ip: '192.168.1.17', phone: '+4915112345678', customer: 17, password: 'secret' },
        birthday: '1990-01-01',
      };
      const log = await stage.write('customers.json', `${JSON.stringify(customer)}\n`.repeat(2));
      const out = stage.path('customers.ndjson');
      await stage.start({
        instead: { '/var/log/shop/customers.json': log, './data/out/customers.ndjson': out },
        env: { HASH_SECRET: 'salt' },
      });
      const masked = {
        ...{ message: 'j*******@example.com paid with **** **** **** 1111', email: 'a**@c.de' },
        ...{ ip: '192.168.1.**', phone: '************78' },
        customer: expect.stringMatching(/^[0-9a-f]{64}$/),
      };
      const records = await stage.records(out, 2);
      expect(records).toEqual([masked, masked]);
      expect(records[0]).toEqual(records[1]);
    },
  },
];
