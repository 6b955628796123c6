import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FleetProcess, freePort } from '../support/fleet-process.ts';
import { linesIn, lostAndDoubled, numberedLines, rawRunner } from '../support/lines.ts';
import { waitFor } from '../support/wait-for.ts';

const NONE = { lost: 0, doubled: 0, strange: 0 };

describe('an agent by itself', () => {
  let fleet: FleetProcess;
  let folder: string;
  let source: string;
  let sink: string;

  beforeAll(async () => {
    fleet = await FleetProcess.start({ bind_host: `127.0.0.1:${await freePort()}` });
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(fleet.dir, 'case-'));
    source = join(folder, 'app.log');
    sink = join(folder, 'out.txt');
    await writeFile(source, numberedLines(0, 1_000));
  });

  afterEach(() => fleet.ask('DELETE', '/logkit/configs/r1'));

  afterAll(() => fleet.remove());

  async function addRunner(change: object = {}): Promise<void> {
    const added = await fleet.ask('POST', '/logkit/configs/r1', {
      ...rawRunner(source, sink),
      ...change,
    });
    expect(added).toEqual({ status: 200, body: { code: 'L200' } });
  }

  function waitForLines(count: number): Promise<unknown> {
    return waitFor(`${count} lines`, async () => (await linesIn(sink)).length >= count);
  }

  it('collects a file that grows, stops as asked, and goes on where it stopped', async () => {
    await addRunner();
    await waitForLines(1_000);

    expect(await fleet.end('SIGINT')).toBe(0);
    await appendFile(source, numberedLines(1_000, 1_500));
    await fleet.run();
    await waitForLines(1_500);

    expect(lostAndDoubled(await linesIn(sink), 1_500)).toEqual(NONE);
    const { body } = await fleet.get('/logkit/status');
    expect(body.data.r1).toMatchObject({ readDataCount: 1_500, readDataSize: 1_500 * 14 });
  });

  it('loses and doubles nothing when it is killed again and again', async () => {
    const total = 60_000;
    const writer = spawn(process.execPath, [
      '-e',
      `let i = 1000; const fs = require('node:fs');
       const timer = setInterval(() => {
         let text = '';
         for (let n = 0; n < 500 && i < ${total}; n += 1) text += 'line ' + String(i++).padStart(8, '0') + '\\n';
         fs.appendFileSync(${JSON.stringify(source)}, text);
         if (i >= ${total}) clearInterval(timer);
       }, 10);`,
    ]);
    await addRunner({ batch_size: 4_000 });
    for (const ms of [50, 310, 120]) {
      await delay(ms);
      await fleet.end('SIGKILL');
      await fleet.run();
    }
    await waitForLines(total);
    writer.kill();

    expect(lostAndDoubled(await linesIn(sink), total)).toEqual(NONE);
  });

  it('loses and doubles nothing when the log is rotated by renaming', async () => {
    await addRunner();
    await waitForLines(1_000);
    for (let turn = 1; turn <= 3; turn += 1) {
      await rename(source, `${source}.${turn}`);
      await appendFile(`${source}.${turn}`, numberedLines(turn * 1_000, turn * 1_000 + 500));
      await writeFile(source, numberedLines(turn * 1_000 + 500, turn * 1_000 + 1_000));
      await waitForLines((turn + 1) * 1_000);
    }

    expect(lostAndDoubled(await linesIn(sink), 4_000)).toEqual(NONE);
  });

  it('remembers over a restart that a runner was stopped', async () => {
    await addRunner();
    await fleet.ask('POST', '/logkit/configs/r1/stop');
    await fleet.end('SIGKILL');
    await fleet.run();

    expect((await fleet.get('/logkit/status')).body.data.r1.runningStatus).toBe('stopped');
    expect((await fleet.get('/logkit/configs/r1')).body.data.is_stopped).toBe(true);
  });

  it('keeps its configurations as readable files that only their owner may read', async () => {
    await addRunner();
    const path = join(fleet.dir, '.logkitconfs', 'r1.conf');

    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      schema_version: 1,
      name: 'r1',
    });
    const names = await readdir(join(fleet.dir, '.logkitconfs'));
    expect(names.filter((name) => !name.startsWith('.'))).toEqual(['r1.conf']);
  });

  it('runs the files of confs_path, and keeps the last good runner while one is broken', async () => {
    const file = join(fleet.dir, 'confs', 'mine.conf');
    await writeFile(
      file,
      `# mine\n${JSON.stringify({ name: 'mine', ...rawRunner(source, sink) })}`,
    );
    await waitForLines(1_000);

    await writeFile(file, '{ "name": "mine", "reader": ');
    await waitFor('the error', async () => {
      const { body } = await fleet.get('/logkit/status');
      return body.data.mine.error?.includes('mine.conf');
    });
    await appendFile(source, numberedLines(1_000, 1_100));
    await waitForLines(1_100);

    await writeFile(
      file,
      JSON.stringify({ name: 'mine', batch_len: 3, ...rawRunner(source, sink) }),
    );
    await waitFor('the mended file', async () => {
      const { body } = await fleet.get('/logkit/status');
      return body.data.mine.error === undefined;
    });
    expect((await fleet.get('/logkit/configs/mine')).body.data.batch_len).toBe(3);

    const refused = await fleet.ask('DELETE', '/logkit/configs/mine');
    expect(refused.status).toBe(400);
    expect(refused.body.message).toContain(file);
    expect((await fleet.ask('DELETE', '/logkit/configs/mine?force=true')).status).toBe(200);
    expect(await readdir(join(fleet.dir, 'confs'))).toEqual([]);
    expect(lostAndDoubled(await linesIn(sink), 1_100)).toEqual(NONE);
  });

  it('collects all the same when no master is there, and says so once', async () => {
    const nobody = await freePort();
    await fleet.end();
    await fleet.configure({
      bind_host: `127.0.0.1:${await freePort()}`,
      cluster: { enable: true, master_url: [`127.0.0.1:${nobody}`], heartbeat_ms: 200 },
    });
    const logFile = join(fleet.dir, 'run', 'logkit-fleet.log');
    const { length: earlier } = await readFile(logFile, 'utf8');
    await fleet.run();
    await addRunner();
    await waitForLines(1_000);
    await delay(1_000);

    const log = (await readFile(logFile, 'utf8')).slice(earlier);
    expect(log.match(/master is unavailable/g)).toHaveLength(1);
  });
});

describe('a process that cannot start', () => {
  const fleets: FleetProcess[] = [];

  afterAll(() => Promise.all(fleets.map((fleet) => fleet.remove())));

  async function prepare(config: Readonly<Record<string, unknown>>): Promise<FleetProcess> {
    const fleet = await FleetProcess.prepare(config);
    fleets.push(fleet);
    return fleet;
  }

  describe('beside one that runs', () => {
    let running: FleetProcess;

    beforeAll(async () => {
      running = await prepare({ bind_host: `127.0.0.1:${await freePort()}` });
      await running.run();
    });

    it('exits 1 and says who is in the way when its port is taken', async () => {
      const { host } = new URL(running.url);
      const { code, output } = await (await prepare({ bind_host: host })).runToEnd();

      expect(code).toBe(1);
      expect(output).toContain(`cannot listen on ${host}: address already in use`);
    });

    it.each([
      { key: 'data_dir', folder: 'data/logkit' },
      { key: 'rest_dir', folder: '.logkitconfs' },
    ])('exits 2 and names the holder when its $key is in use', async ({ key, folder }) => {
      const path = join(running.dir, folder);
      const bind_host = `127.0.0.1:${await freePort()}`;
      const { code, output } = await (await prepare({ bind_host, [key]: path })).runToEnd();

      expect(code).toBe(2);
      expect(output).toContain(`${key} ${path} is in use by process ${running.pid}`);
    });
  });

  it.each([
    { config: { cluster: { enable: true, is_master: true, allow: ['10.0.0.0/99'] } }, says: '/99' },
    { config: { policy: { senders: ['foo'] } }, says: 'there is no sender "foo"' },
    { config: { static_root_path: '/no/such/folder' }, says: 'static_root_path' },
    { config: { tls: { ca: '/etc/hostname' } }, says: 'tls.ca' },
    {
      config: { store: { type: 'redis', url: 'rediss://h', tls: { ca: '/etc/hostname' } } },
      says: 'store.tls.ca',
    },
  ])('exits 2 also for what only the start finds out: $says', async ({ config, says }) => {
    const fleet = await prepare({ bind_host: `127.0.0.1:${await freePort()}`, ...config });
    const { code, output } = await fleet.runToEnd();

    expect(code).toBe(2);
    expect(output).toContain(says);
  });

  it.each([
    {
      config: { confs_path: undefined },
      says: 'confs_path',
      why: 'the one required key is absent',
    },
    { config: { cluster: { is_master: 'yes' } }, says: 'cluster.is_master', why: 'a wrong type' },
    { config: { bind_host: 'nonsense:port' }, says: 'bind_host', why: 'no address' },
    { config: { cluster: { enable: true } }, says: 'cluster.master_url', why: 'a slave of nobody' },
    { config: { debug_level: 9 }, says: 'debug_level', why: 'out of range' },
    { config: { timeformat_layouts: ['nonsense'] }, says: 'timeformat_layouts', why: 'no layout' },
    {
      config: { disable_web: true, cluster: { enable: true, is_master: true } },
      says: 'disable_web',
      why: 'an agent nobody could call',
    },
  ])('exits 2 with one line about $says: $why', async ({ config, says }) => {
    const fleet = await prepare(config);
    const { code, output } = await fleet.runToEnd();

    expect(code).toBe(2);
    expect(output).toContain(`${fleet.file}: ${says}`);
    expect(output.trimEnd().split('\n')).toHaveLength(1);
  });
});
