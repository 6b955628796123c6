import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPoolClient } from '../../shared/client/pool-client.ts';
import { Cluster } from '../support/cluster.ts';
import { FleetProcess, freePort, type Json } from '../support/fleet-process.ts';
import { linesIn, numberedLines, rawRunner } from '../support/lines.ts';
import { makePrivateCa } from '../support/private-ca.ts';
import { openRawServer } from '../support/raw-server.ts';
import { rawExchange } from '../support/raw-socket.ts';
import { waitFor } from '../support/wait-for.ts';

/** The first beat of a stranger has seconds to be refused: what is wrong first is said once. */
const STRANGER = { heartbeat_ms: 10_000 };
const SECRET = 'the-secret-of-this-cluster';
const TOKEN = 'the-token-of-its-users';
const AGENT_ROUTES = [
  'status',
  'runners',
  'errors',
  'errors/r1',
  'configs',
  'configs/r1',
  'cluster/slaves',
];

/** Processes that end with the tests of their block. */
function clusterOfBlock(): Cluster {
  const cluster = new Cluster();
  afterAll(() => cluster.end());
  return cluster;
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

async function slaves(master: FleetProcess, token: string): Promise<Json[]> {
  const { body } = await master.ask('GET', '/logkit/cluster/slaves', undefined, bearer(token));
  return body.data;
}

async function logOf(fleet: FleetProcess): Promise<string> {
  return (await readFile(join(fleet.dir, 'run', 'logkit-fleet.log'), 'utf8')) + fleet.output;
}

describe('cluster.secret', () => {
  const cluster = clusterOfBlock();
  const secret = { cluster: { secret: SECRET } };
  let master: FleetProcess;

  beforeAll(async () => {
    master = await cluster.master(secret);
  });

  it('keeps an agent with a wrong one, or none, out', async () => {
    const agents = await Promise.all([
      cluster.agent([master], 'wrong', { cluster: { secret: 'a-guess', ...STRANGER } }),
      cluster.agent([master], 'none', { cluster: STRANGER }),
    ]);

    for (const agent of agents) {
      await waitFor('the refusal', async () => (await logOf(agent)).includes('answered 401'));
      await agent.remove();
    }
    expect(await slaves(master, SECRET)).toEqual([]);
  });

  it('lets a master and an agent that share it work together, and stays out of their logs', async () => {
    const agent = await cluster.agent([master], 'web', secret);
    await waitFor('the agent', async () => (await slaves(master, SECRET)).length === 1);
    const source = join(agent.dir, 'app.log');
    await writeFile(source, numberedLines(0, 10));

    const added = await master.ask(
      'POST',
      '/logkit/cluster/configs/r1?tag=web',
      rawRunner(source, 'out.txt'),
      bearer(SECRET),
    );
    expect(added).toEqual({ status: 200, body: { code: 'L200' } });
    await waitFor('lines', async () => (await linesIn(join(agent.dir, 'out.txt'))).length === 10);
    const status = await master.ask('GET', '/logkit/cluster/status', undefined, bearer(SECRET));
    expect(status.body.data[agent.url]).toMatchObject({ error: '', status: { r1: {} } });
    const tagged = await master.ask(
      'POST',
      '/logkit/cluster/slaves/tag',
      { tag: 'db' },
      bearer(SECRET),
    );
    expect(tagged.status).toBe(200);
    // A beat that was under way may still say the old tag.
    await waitFor('its new tag', async () => (await slaves(master, SECRET))[0]?.tag === 'db');
    expect(await slaves(master, SECRET)).toMatchObject([{ url: agent.url }]);
    for (const fleet of [master, agent]) expect(await logOf(fleet)).not.toContain(SECRET);
  });

  it('is needed on every route but those for everybody', async () => {
    const register = await master.ask('POST', '/logkit/cluster/register', {
      url: 'http://127.0.0.1:1',
    });
    expect(register).toMatchObject({
      status: 401,
      body: { code: 'L2004', message: expect.stringMatching(/^unauthorized: /) },
    });
    for (const path of AGENT_ROUTES) {
      expect((await master.get(`/logkit/${path}`)).status).toBe(401);
      const wrong = await master.ask('GET', `/logkit/${path}`, undefined, bearer('a-guess'));
      expect(wrong.status).toBe(401);
    }
    for (const [method, path] of [
      ['POST', 'configs/r1'],
      ['PUT', 'configs/r1'],
      ['DELETE', 'configs/r1'],
      ['POST', 'configs/r1/stop'],
      ['POST', 'cluster/tag'],
      ['DELETE', 'cluster/slaves'],
      ['POST', 'cluster/configs/r1'],
    ] as const) {
      expect((await master.ask(method, `/logkit/${path}`, {})).status).toBe(401);
    }
    for (const path of ['/health', '/metrics', '/logkit/version', '/logkit/cluster/ping', '/']) {
      expect((await master.get(path)).status).toBe(200);
    }
  });
});

describe('auth.token', () => {
  const cluster = clusterOfBlock();

  it('is for users: it commands, and does not register', async () => {
    const both = { auth: { token: TOKEN }, cluster: { secret: SECRET } };
    const master = await cluster.master(both);
    const agent = await cluster.agent([master], 'web', both);
    await waitFor('the agent', async () => (await slaves(master, TOKEN)).length === 1);

    const url = '/logkit/cluster/register';
    const body = { url: agent.url, tag: 'mine' };
    expect((await master.ask('POST', url, body, bearer(TOKEN))).status).toBe(401);
    expect((await master.ask('POST', url, body, bearer(SECRET))).status).toBe(200);
    expect((await master.get('/logkit/cluster/slaves')).status).toBe(401);
    expect((await agent.get('/logkit/status')).status).toBe(401);
    const path = '/logkit/cluster/status';
    const { body: status } = await master.ask('GET', path, undefined, bearer(TOKEN));
    expect(status.data[agent.url]).toMatchObject({ error: '', status: {} });
  });
});

describe('TLS with a private authority', () => {
  const cluster = clusterOfBlock();
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'ca-'));
  });

  afterAll(() => rm(dir, { recursive: true }));

  it('protects heartbeats and commands, and an agent that does not trust it stays out', async () => {
    const tls = makePrivateCa(dir);
    await using client = await trusting(tls.ca);
    const master = await cluster.master({ tls });
    const agent = await cluster.agent([master], 'web', { tls });
    const stranger = await cluster.agent([master], 'stranger', {
      tls: { cert: tls.cert, key: tls.key },
      cluster: STRANGER,
    });
    expect([master.url, agent.url]).toEqual([
      expect.stringMatching(/^https:/),
      expect.stringMatching(/^https:/),
    ]);
    await waitFor('the agent', async () => {
      const { data } = await client.ask('GET', `${master.url}/logkit/cluster/slaves`);
      return data.length === 1 && data[0].url === agent.url;
    });

    const source = join(agent.dir, 'app.log');
    await writeFile(source, numberedLines(0, 10));
    const added = await client.ask(
      'POST',
      `${master.url}/logkit/cluster/configs/r1`,
      rawRunner(source, 'out.txt'),
    );
    expect(added).toEqual({ code: 'L200' });
    await waitFor('lines', async () => (await linesIn(join(agent.dir, 'out.txt'))).length === 10);
    await waitFor('the refusal', async () =>
      /master is unavailable.*certificate/.test(await logOf(stranger)),
    );
    await expect(fetch(`${master.url}/health`)).rejects.toThrow();
    await expect(fetch(master.url.replace('https', 'http'))).rejects.toThrow();
  });
});

describe('a process that listens on all interfaces', () => {
  it.each([
    { guard: {}, warnings: 1 },
    { guard: { cluster: { secret: SECRET } }, warnings: 0 },
    { guard: { auth: { token: TOKEN } }, warnings: 0 },
  ])('with $guard warns $warnings times', async ({ guard, warnings }) => {
    const fleet = await FleetProcess.start({
      bind_host: `0.0.0.0:${await freePort()}`,
      ...guard,
    });
    // All is in the log when the process has ended.
    await fleet.end();
    const log = await logOf(fleet).finally(() => fleet.remove());

    expect(log.match(/"msg":"anybody who reaches port/g) ?? []).toHaveLength(warnings);
  });
});

describe('a master that anybody may call', () => {
  const cluster = clusterOfBlock();
  let master: FleetProcess;

  beforeAll(async () => {
    master = await cluster.master();
  });

  it('calls nobody who registers', async () => {
    let connections = 0;
    const server = await openRawServer(() => (connections += 1));
    const url = `http://127.0.0.1:${server.port}`;
    await master.ask('POST', '/logkit/cluster/register', { url, tag: 'web' });
    const { body } = await master.get('/logkit/cluster/slaves');
    await server.close();
    await master.ask('DELETE', '/logkit/cluster/slaves');

    expect(body.data).toMatchObject([{ url, status: 'ok' }]);
    expect(connections).toBe(0);
  });

  it('is made no caller by the registration of a link-local, metadata or unspecified address', async () => {
    const urls = [
      'http://169.254.169.254',
      'http://169.254.169.254/latest/meta-data',
      'http://[fe80::1]:3000',
      'http://metadata.google.internal',
      'http://[::ffff:169.254.169.254]',
      'http://2852039166',
      'http://0.0.0.0:1',
    ];
    for (const url of urls) await master.ask('POST', '/logkit/cluster/register', { url });
    const { body: status } = await master.get('/logkit/cluster/status');
    const command = await master.ask('POST', '/logkit/cluster/configs/r1', {});

    expect(Object.keys(status.data as object)).toHaveLength(urls.length);
    for (const [url, answer] of Object.entries<Json>(status.data as object)) {
      const refusal = `calling ${url} is refused: it is a link-local, metadata, multicast or unspecified address; cluster.allow can list it`;
      expect(answer).toEqual({ status: null, tag: '', error: ` ${refusal}` });
      expect(command.body.message).toContain(refusal);
    }
    expect(command.status).toBe(503);
  });

  it('lets nothing of the disk be read but the page’s folder', async () => {
    const port = Number(new URL(master.url).port);
    for (const path of [
      '/../package.json',
      '/..%2fpackage.json',
      '/%2e%2e/package.json',
      '/%2e%2e%2fpackage.json',
      '/x/../../package.json',
      '/..\\package.json',
      '/..%5cpackage.json',
      '/%252e%252e/package.json',
      '//package.json',
      '/.%00./package.json',
      '/../.git/config',
      '/.npmrc',
      '/logkit.conf.json',
      'http://x/../package.json',
    ]) {
      // Over a bare connection: other clients tidy the path up before they send it.
      const answer = await rawExchange(
        port,
        `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      );
      expect({ path, answer }).toEqual({
        path,
        answer: expect.stringMatching(/^HTTP\/1.1 (400|403|404) /),
      });
      expect(answer).not.toMatch(/logkit-fleet"|confs_path|repositoryformat/);
    }
    expect(
      await rawExchange(port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    ).toMatch(/^HTTP\/1.1 200 /);
  });
});

/** Asks https URLs, trusting the authority of that file alone. */
async function trusting(caFile: string) {
  const client = createPoolClient({ userAgent: 'test', tls: { ca: await readFile(caFile) } });
  const limits = { timeoutMs: 10_000, answerBytesMax: 1_000_000 };
  const headers = { 'content-type': 'application/json' };
  return {
    ask: async (method: 'GET' | 'POST', url: string, body?: object): Promise<Json> => {
      const { signal } = new AbortController();
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await client.request({ method, url, headers, signal, ...limits, ...content });
      return JSON.parse(answer.body);
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
