import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, waitForSlaves } from '../support/cluster.ts';
import type { FleetProcess, Json } from '../support/fleet-process.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);
const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'auth.md');
const SECRET = 'a-secret-of-the-test';
const LINES = /^admin secret: (\S+)$/gm;

const secretsIn = ({ output }: FleetProcess): string[] =>
  [...output.matchAll(LINES)].map(([, secret = '']) => secret);

describe('a master whose accounts are on', () => {
  const cluster = new Cluster();
  let master: FleetProcess;
  let secret: string;
  let token: string;

  const ask = (method: string, path: string, body?: unknown) =>
    master.ask(method, path, body, { authorization: `Bearer ${token}` });
  const logIn = async (): Promise<string> => {
    const { body } = await master.ask('POST', '/auth/login', {
      username: 'admin',
      password: secret,
    });
    return body.data.token;
  };

  beforeAll(async () => {
    master = await cluster.master({ cluster: { secret: SECRET }, auth: { accounts: true } });
    secret = secretsIn(master)[0] ?? '';
    token = await logIn();
  });
  afterAll(() => cluster.end());

  it('asks everybody who calls /logkit who they are', async () => {
    for (const path of ['/logkit/cluster/slaves', '/logkit/status', '/logkit/configs']) {
      expect((await master.get(path)).status).toBe(401);
      expect((await ask('GET', path)).status).toBe(200);
    }
    expect((await master.get('/logkit/cluster/ping')).status).toBe(200);
  });

  it('commands its agents, which know it by the secret of the cluster', async () => {
    const agent = await cluster.agent([master], 'web', { cluster: { secret: SECRET } });
    const slaves = await waitFor('the agent', async () => {
      const { body } = await ask('GET', '/logkit/cluster/slaves');
      return body.data.length === 1 && body.data;
    });
    expect(slaves).toMatchObject([{ url: agent.url, status: 'ok' }]);
    const tagged = await ask('POST', '/logkit/cluster/slaves/tag', { tag: 'db' });
    expect(tagged).toMatchObject({ status: 200, body: { code: 'L200' } });
  });

  it('keeps a file of its own, without the secret that it has shown', async () => {
    const files = await readdir(master.dir, { recursive: true });
    const path = join(master.dir, files.find((name) => name.endsWith('/auth.db')) ?? '');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readFile(path)).includes(secret)).toBe(false);
  });

  it('does what docs/auth.md says, line by line', async () => {
    const page = await readFile(PAGE, 'utf8');
    const lines = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block).join('');
    const answers = lines.replaceAll(/^curl .*$/gm, '$& | jq -c .');
    const { stdout } = await run('bash', ['-e', '-u', '-o', 'pipefail', '-c', answers], {
      env: { ...process.env, MASTER: master.url, ADMIN_SECRET: secret },
    });
    const codes = stdout
      .trim()
      .split('\n')
      .map((line): Json => JSON.parse(line).code);
    expect(codes).toHaveLength(lines.match(/^curl /gm)?.length ?? 0);
    expect(new Set(codes)).toEqual(new Set([20_000]));
  });

  it('begins once, and is what it was when it is started again', async () => {
    await master.end();
    await master.run();
    expect(secretsIn(master)).toEqual([]);
    expect((await ask('GET', '/auth/verify')).body).toMatchObject({ code: 20_000 });
    token = await logIn();
    expect((await ask('GET', '/auth/users')).body.data).toMatchObject([{ username: 'admin' }]);
  });
});

describe('a master whose accounts are off', () => {
  const cluster = new Cluster();
  afterAll(() => cluster.end());

  it('asks nobody at /logkit, and for an admin at /auth; agents have no such rows', async () => {
    const master = await cluster.master();
    const agent = await cluster.agent([master], 'web');
    await waitForSlaves(master, 1);
    expect(secretsIn(master)).toHaveLength(1);
    expect((await master.get('/auth/users')).body).toMatchObject({ code: 40_100, data: null });
    expect((await agent.get('/auth/users')).status).toBe(404);
    expect(secretsIn(agent)).toEqual([]);
  });
});
