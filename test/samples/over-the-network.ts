import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { freePort } from '../support/fleet-process.ts';
import { HttpRecorder } from '../support/http-recorder.ts';
import { RecordedElastic } from '../support/recorded-elastic.ts';
import type { SampleRun, SampleStage } from '../support/sample-stage.ts';
import { waitFor } from '../support/wait-for.ts';

/** Samples that read from the network or send by HTTP. */
export const OVER_THE_NETWORK: readonly SampleRun[] = [
  {
    file: 'confs/samples/access-csv-to-http.conf',
    async run(stage) {
      const row = (path: string) => `2026-11-29T01:02:03Z,203.0.113.9,${path},200,0.017\n`;
      const log = await stage.write('web/access-1.csv', row('/old'));
      const server = await recorder(stage, 200);
      await stage.start({
        instead: {
          '/var/log/shop/*/access-*.csv': stage.path('*/access-*.csv'),
          'http://127.0.0.1:8080': server.url,
          '"batch_interval": 10': '"batch_interval": 0',
        },
      });
      await waitFor('a record', async () => {
        // What is there before it looks is not wanted.
        await appendFile(log, row('/new'));
        return server.received.length > 0;
      });
      const [request] = server.received;
      expect(request?.url).toBe('/ingest');
      expect(recordsOf(request?.body ?? '')[0]).toEqual({
        ...{ time: '2026-11-29T01:02:03Z', path: '/new', status: 200, seconds: 0.017 },
        service: 'shop',
      });
    },
  },
  {
    file: 'confs/samples/nginx-to-elasticsearch.conf',
    async run(stage) {
      const request = (agent: string) =>
        `203.0.113.9 - - [10/Oct/2026:13:55:36 +0200] "GET / HTTP/1.1" 200 512 "-" "${agent}"\n`;
      await stage.write(
        'shop-access.log',
        request('kube-probe/1.30') +
          request('Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0'),
      );
      const elastic = await RecordedElastic.open();
      stage.closing(() => elastic.close());
      await stage.start({
        instead: {
          '/var/log/nginx/*access.log': stage.path('*access.log'),
          'http://127.0.0.1:9200': elastic.url,
        },
        env: { ELASTIC_PASSWORD: 'secret' },
      });
      await waitFor('a document', () => elastic.indices.size > 0);
      expect([...elastic.indices.keys()]).toEqual(['nginx-2026.10.10']);
      expect(Object.values(elastic.documents('nginx-2026.10.10'))).toMatchObject([
        { status: 200, file: stage.path('shop-access.log'), UA_Family: 'Firefox' },
      ]);
    },
  },
  {
    file: 'confs/samples/app-json-to-loki.conf',
    async run(stage) {
      const line = (level: string, msg: string) =>
        `${JSON.stringify({ time: '2026-11-29T01:02:03Z', level, msg })}\n`;
      await stage.write('a.json', line('debug', 'no') + line('info', 'one') + line('warn', 'two'));
      const server = await recorder(stage, 204);
      await stage.start({
        instead: {
          '/var/log/shop/*.json': stage.path('*.json'),
          'http://127.0.0.1:3100': server.url,
        },
      });
      await waitFor('a push', () => server.received.length > 0);
      const at = expect.stringMatching(/^1795914123/);
      expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
        streams: [
          { stream: { app: 'shop', level: 'info' }, values: [[at, 'one']] },
          { stream: { app: 'shop', level: 'warn' }, values: [[at, 'two']] },
        ],
      });
    },
  },
  {
    file: 'confs/samples/kubernetes-to-http.conf',
    async run(stage) {
      const at = '2026-11-29T01:02:03.000000004Z stdout';
      await stage.write(
        'containers/web-7d4_shop_nginx-0a1b2c.log',
        `${at} P a long \n${at} F line\n${at} F next\n`,
      );
      await stage.write('containers/logkit-x_kube-system_agent-1.log', `${at} F own\n`);
      const server = await recorder(stage, 200);
      await stage.start({
        instead: {
          '/var/log/containers': stage.path('containers'),
          'https://logs.example.com': server.url,
        },
        env: { INGEST_TOKEN: 'token' },
      });
      await waitFor('a request', () => server.received.length > 0);
      const pod = {
        ...{ k8s_pod_name: 'web-7d4', k8s_namespace: 'shop' },
        ...{ k8s_container_name: 'nginx', k8s_container_id: '0a1b2c' },
      };
      const [request] = server.received;
      expect(request?.headers.authorization).toBe('Bearer token');
      expect(recordsOf(request?.body ?? '')).toEqual([
        { message: 'a long line', ...pod },
        { message: 'next', ...pod },
      ]);
    },
  },
  {
    file: 'confs/samples/syslog-to-file.conf',
    async run(stage) {
      const port = await freePort();
      const out = stage.path('syslog.ndjson.gz');
      await stage.start({
        instead: {
          'tcp://0.0.0.0:1514': `tcp://127.0.0.1:${port}`,
          './data/out/syslog.ndjson.gz': out,
        },
      });
      await waitFor('the socket', () =>
        say(port, '<165>1 2026-11-29T01:02:03Z web app - - - one\n'),
      );
      const records = await waitFor('records', async () => {
        const packed = await readFile(out).catch(() => Buffer.alloc(0));
        return packed.length === 0 ? null : recordsOf(gunzipSync(packed).toString());
      });
      expect(records).toMatchObject([
        {
          ...{
            hostname: 'web',
            app_name: 'app',
            message: 'one',
            severity: expect.stringMatching(/^Notice/),
          },
          peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        },
      ]);
    },
  },
  {
    file: 'confs/samples/http-to-file.conf',
    async run(stage) {
      const address = `127.0.0.1:${await freePort()}`;
      const out = stage.path('events.ndjson');
      await stage.start({
        instead: { '127.0.0.1:4000': address, './data/out/events-%Y-%m-%d.ndjson': out },
        env: { EVENTS_PASSWORD: 'secret' },
      });
      const post = (password: string) =>
        fetch(`http://${address}/events`, {
          method: 'POST',
          body: '{"a":1}\n{"a":2}\n',
          headers: { authorization: `Basic ${btoa(`web:${password}`)}` },
        }).then(({ status }) => status);
      expect(await waitFor('an answer', () => post('wrong'))).toBe(401);
      expect(await post('secret')).toBe(200);
      expect(await stage.records(out, 2)).toEqual([{ a: 1 }, { a: 2 }]);
    },
  },
  {
    file: 'confs/samples/router-to-several.conf',
    async run(stage) {
      const lines = ['payment', 'audit', 'other'].map((kind) => `{"kind":"${kind}"}\n`);
      const log = await stage.write('events.json', lines.join(''));
      const server = await recorder(stage, 200);
      const [audit, other] = [stage.path('audit.ndjson'), stage.path('other.ndjson')];
      await stage.start({
        instead: {
          ...{ '/var/log/shop/events.json': log, 'http://127.0.0.1:8080': server.url },
          ...{ './data/out/audit.ndjson': audit, './data/out/other.ndjson': other },
        },
      });
      expect(await stage.records(audit, 1)).toEqual([{ kind: 'audit' }]);
      expect(await stage.records(other, 1)).toEqual([{ kind: 'other' }]);
      expect(server.received.map(({ url, body }) => [url, body])).toEqual([
        ['/payments', '{"kind":"payment"}'],
      ]);
    },
  },
];

async function recorder(stage: SampleStage, status: number): Promise<HttpRecorder> {
  const server = await HttpRecorder.open(() => ({ status }));
  stage.closing(() => server.close());
  return server;
}

function recordsOf(body: string): unknown[] {
  return body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** False: nobody listens yet. */
async function say(port: number, text: string): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isThere = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.end(text);
  return isThere;
}
