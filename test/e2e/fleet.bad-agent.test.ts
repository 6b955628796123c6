import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, slavesOf, waitForSlaves } from '../support/cluster.ts';
import type { FleetProcess } from '../support/fleet-process.ts';
import { numberedLines, rawRunner } from '../support/lines.ts';
import { waitFor } from '../support/wait-for.ts';

/** An agent is bad when it has been silent for 30 s; a file of its own, for nothing else waits so long. */
const BAD_MS_MAX = 150_000;

describe('a master one of whose agents was killed', () => {
  const cluster = new Cluster();
  let master: FleetProcess;
  let web: FleetProcess;
  let db: FleetProcess;
  let source: string;

  beforeAll(async () => {
    master = await cluster.master();
    [web, db] = await Promise.all([cluster.agent([master], 'web'), cluster.agent([master], 'db')]);
    await waitForSlaves(master, 2);
    source = join(master.dir, 'app.log');
    await writeFile(source, numberedLines(0, 100));
  });

  afterAll(() => cluster.end());

  function add(name: string, query = '') {
    const path = `/logkit/cluster/configs/${name}${query}`;
    return master.ask('POST', path, rawRunner(source, 'out.txt'));
  }

  it('refuses a command whole while an agent is not ok, unless told to skip it', async () => {
    await db.end('SIGKILL');
    await waitFor(
      'the agent to be bad',
      async () => (await slavesOf(master, `?url=${db.url}`))[0]?.status === 'bad',
      BAD_MS_MAX,
    );

    const refused = await add('r1');
    expect(refused).toMatchObject({
      status: 400,
      body: {
        code: 'L2006',
        message: `the slaves(tag = '', url = '') status is bad, options are terminated: ${db.url}`,
      },
    });
    expect((await web.get('/logkit/runners')).body.data).toEqual([]);

    const skipped = await add('r1', '?on_lost=skip');
    expect(skipped).toEqual({ status: 200, body: { code: 'L200', data: { skipped: [db.url] } } });
    expect((await web.get('/logkit/runners')).body.data).toEqual(['r1']);
  });
});
