import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, slavesOf, waitForSlaves } from '../support/cluster.ts';
import type { FleetProcess } from '../support/fleet-process.ts';
import { linesIn, numberedLines, rawRunner } from '../support/lines.ts';
import { waitFor } from '../support/wait-for.ts';

describe('one master and three agents with two tags', () => {
  const cluster = new Cluster();
  let master: FleetProcess;
  let web: FleetProcess;
  let web2: FleetProcess;
  let db: FleetProcess;
  let source: string;

  beforeAll(async () => {
    master = await cluster.master({ cluster: { timeout_ms: { read: 1_000, write: 5_000 } } });
    [web, web2, db] = await Promise.all([
      cluster.agent([master], 'web'),
      cluster.agent([master], 'web'),
      cluster.agent([master], 'db'),
    ]);
    await waitForSlaves(master, 3);
    source = join(master.dir, 'app.log');
    await writeFile(source, numberedLines(0, 100));
  });

  afterAll(() => cluster.end());

  function add(name: string, query = '') {
    // A relative path: each agent writes below its own working directory.
    return master.ask(
      'POST',
      `/logkit/cluster/configs/${name}${query}`,
      rawRunner(source, 'out.txt'),
    );
  }

  it('runs, changes, stops, starts, resets and deletes a runner on the agents of one tag', async () => {
    expect(await add('r1', '?tag=web')).toEqual({ status: 200, body: { code: 'L200' } });

    for (const agent of [web, web2]) {
      await waitFor(
        'the lines',
        async () => (await linesIn(join(agent.dir, 'out.txt'))).length === 100,
      );
    }
    expect(await linesIn(join(db.dir, 'out.txt'))).toEqual([]);
    const { body: status } = await master.get('/logkit/cluster/status');
    expect(status.data[web.url]).toMatchObject({
      tag: 'web',
      error: '',
      status: { r1: { readDataCount: 100, runningStatus: 'running', tag: 'web', url: web.url } },
    });
    expect(status.data[db.url]).toEqual({ status: {}, tag: 'db', error: '' });
    expect((await master.get('/logkit/cluster/runners')).body.data).toEqual(['r1']);

    const config = (await master.get('/logkit/cluster/config/r1')).body.data;
    expect(config).toMatchObject({ name: 'r1', reader: { mode: 'file', log_path: source } });
    expect((await master.get('/logkit/cluster/configs/r1?tag=web')).body.data).toEqual(config);

    const change = { ...rawRunner(source, 'out.txt'), batch_len: 7 };
    expect((await master.ask('PUT', '/logkit/cluster/configs/r1?tag=web', change)).status).toBe(
      200,
    );
    expect((await web.get('/logkit/configs/r1')).body.data.batch_len).toBe(7);

    await master.ask('POST', '/logkit/cluster/configs/r1/stop?tag=web');
    await appendFile(source, numberedLines(100, 110));
    expect((await web.get('/logkit/status')).body.data.r1.runningStatus).toBe('stopped');
    await master.ask('POST', '/logkit/cluster/configs/r1/start?tag=web');
    await waitFor('ten more', async () => (await linesIn(join(web.dir, 'out.txt'))).length === 110);

    await master.ask('POST', `/logkit/cluster/configs/r1/reset?url=${web.url}`);
    await waitFor(
      'all again',
      async () => (await linesIn(join(web.dir, 'out.txt'))).length === 220,
    );
    expect(await linesIn(join(web2.dir, 'out.txt'))).toHaveLength(110);

    expect((await master.ask('DELETE', '/logkit/cluster/configs/r1?tag=web')).status).toBe(200);
    expect((await master.get('/logkit/cluster/runners')).body.data).toEqual([]);
  });

  it('moves an agent to another tag, which outlives its restart', async () => {
    const moved = await master.ask('POST', `/logkit/cluster/slaves/tag?url=${db.url}`, {
      tag: 'web',
    });

    expect(moved).toEqual({ status: 200, body: { code: 'L200' } });
    // A beat that was under way may still say the old tag.
    await waitFor(
      'three of one tag',
      async () => (await slavesOf(master, '?tag=web')).length === 3,
    );
    await db.end();
    await db.run();
    await waitFor('its heartbeat', async () => {
      const [slave] = await slavesOf(master, `?url=${db.url}`);
      return slave?.tag === 'web' && slave.status === 'ok';
    });
    const back = await master.ask('POST', `/logkit/cluster/slaves/tag?url=${db.url}`, {
      tag: 'db',
    });
    expect(back.status).toBe(200);
  });

  it('never waits for a hung agent longer than the timeout, and names it', async () => {
    db.signal('SIGSTOP');
    const { status, body } = await add('r2');

    expect(status).toBe(503);
    expect(body.code).toBe('L2006');
    expect(body.message).toContain(`url ${db.url} add runner r2 occurred an error`);
    expect(body.message).toContain('outcome unknown');
    expect(body.data.applied.toSorted()).toEqual([web.url, web2.url].toSorted());
    expect(body.data.failed).toMatchObject([{ url: db.url, outcome: 'unknown' }]);
    const { body: read } = await master.get('/logkit/cluster/status');
    expect(read.data[db.url].status).toBeNull();
    expect(read.data[web.url].status).toHaveProperty('r2');
    db.signal('SIGCONT');
  });

  it('shows the whole fleet again one interval after the master was killed', async () => {
    await master.end('SIGKILL');
    await master.run();

    await waitForSlaves(master, 3);
  });
});

describe('two masters', () => {
  it('both know the agent, and one that dies takes nothing from the other', async () => {
    const cluster = new Cluster();
    try {
      const [one, two] = await Promise.all([cluster.master(), cluster.master()]);
      const agent = await cluster.agent([one, two], 'web');
      await Promise.all([waitForSlaves(one, 1), waitForSlaves(two, 1)]);
      await one.end('SIGKILL');

      const source = join(agent.dir, 'app.log');
      await writeFile(source, numberedLines(0, 10));
      const added = await two.ask(
        'POST',
        '/logkit/cluster/configs/r1',
        rawRunner(source, 'out.txt'),
      );

      expect(added.status).toBe(200);
      await waitFor('lines', async () => (await linesIn(join(agent.dir, 'out.txt'))).length === 10);
      expect((await two.get('/logkit/cluster/slaves')).body.data).toMatchObject([
        { url: agent.url, status: 'ok' },
      ]);
    } finally {
      await cluster.end();
    }
  });
});
