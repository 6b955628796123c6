import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, waitForSlaves } from '../support/cluster.ts';
import { FleetProcess, freePort } from '../support/fleet-process.ts';
import { numberedLines, rawRunner } from '../support/lines.ts';
import { waitFor } from '../support/wait-for.ts';

describe('keys of the main configuration, in a real process', () => {
  const cluster = new Cluster();
  let fleet: FleetProcess;
  let master: FleetProcess;
  let run: string;

  beforeAll(async () => {
    fleet = await FleetProcess.prepare({
      bind_host: `127.0.0.1:${await freePort()}`,
      ...{ clean_self_log: true, clean_self_dir: './run', clean_self_pattern: '*.log-*' },
      clean_self_cnt: 2,
      ...{ idc: 'fra', zone: 'fra-2' },
      max_procs: 24,
    });
    run = join(fleet.dir, 'run');
    await mkdir(run);
    const names = ['a.log-1', 'a.log-2', 'a.log-3', 'a.log-4', 'notes.txt'];
    for (const [age, name] of names.entries()) {
      await writeFile(join(run, name), 'x');
      await utimes(join(run, name), 1_700_000_000 + age, 1_700_000_000 + age);
    }
    await fleet.run();
    master = await cluster.master({ max_procs: 4 });
  });

  afterAll(async () => {
    await fleet.remove();
    await cluster.end();
  });

  it('max_procs: so many threads work with files', async () => {
    const threads = async ({ pid }: FleetProcess) => (await readdir(`/proc/${pid}/task`)).length;

    // The master has two more, which keep its accounts and its registry.
    expect((await threads(fleet)) - (await threads(master))).toBe(20 - 2);
  });

  it('clean_self_*: deletes old logs of its own, the newest kept, and nothing else', async () => {
    await waitFor('two old logs', async () => (await readdir(run)).length === 4);
    expect((await readdir(run)).toSorted()).toEqual(
      ['a.log-3', 'a.log-4', 'logkit-fleet.log', 'notes.txt'].toSorted(),
    );
  });

  it('audit_dir: a line for each settled batch of a runner with log_audit', async () => {
    const source = join(fleet.dir, 'app.log');
    await writeFile(source, numberedLines(0, 7));
    const runner = rawRunner(source, join(fleet.dir, 'out.txt'));
    await fleet.ask('POST', '/logkit/configs/audited', { ...runner, log_audit: true });
    const folder = join(fleet.dir, 'logkit_audit');

    const line = await waitFor('a whole line', async () => {
      const [name = ''] = await readdir(folder);
      const text = await readFile(join(folder, name), 'utf8');
      return text.endsWith('\n') && text;
    });
    expect(JSON.parse(line)).toMatchObject({
      ...{ runner: 'audited', source, read_lines: 7, read_bytes: 7 * 14, sent: 7 },
    });
  });

  it('idc, zone: stand in the figures', async () => {
    expect((await fleet.get('/metrics')).body).toMatch(
      /logkit_fleet_info\{version="[^"]+",idc="fra",zone="fra-2"\} 1/,
    );
  });

  it('bind_host empty: the first free port from 4000 up, told to the master', async () => {
    const found = await cluster.agent([master], 'web', { bind_host: '' });
    const [slave] = await waitForSlaves(master, 1);

    const { port, hostname } = new URL(String(slave.url));
    expect(Number(port)).toBeGreaterThanOrEqual(4_000);
    expect(slave.url).toBe(found.url);
    expect(hostname).not.toBe('0.0.0.0');
  });
});
