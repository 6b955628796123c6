import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FleetProcess, freePort } from '../support/fleet-process.ts';
import { linesIn, numberedLines, rawRunner } from '../support/lines.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

describe('the packed package', () => {
  let dir: string;
  let installed: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'package-'));
    await mkdir(join(dir, 'home'));
    await run('npm', ['pack', '--pack-destination', dir], { cwd: ROOT });
    const tarball = (await readdir(dir)).find((name) => name.endsWith('.tgz')) ?? '';
    await writeFile(join(dir, 'home', 'package.json'), '{"private": true}');
    await run('npm', ['install', '--prefer-offline', '--omit=optional', join(dir, tarball)], {
      cwd: join(dir, 'home'),
    });
    installed = join(dir, 'home', 'node_modules', 'logkit-fleet');
  }, 180_000);

  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('holds what runs, and neither source nor tests', async () => {
    expect((await readdir(installed)).toSorted()).toEqual(
      [
        ...['CHANGELOG.md', 'LICENSE', 'README.md', 'confs', 'dist', 'logkit-fleet.js'],
        ...['logkit.conf.json', 'logkit.conf.schema.json', 'package.json', 'public'],
      ].toSorted(),
    );
    const files = await readdir(join(installed, 'dist'), { recursive: true });
    expect(files.filter((name) => /\.test\.|(?<!\.d)\.ts$/.test(name))).toEqual([]);
    expect(files).toContain(join('shared', 'stores', 'checkpoint.worker.js'));
  });

  it('starts, serves its page, and collects with its worker', async () => {
    const fleet = await FleetProcess.prepare({ bind_host: `127.0.0.1:${await freePort()}` });
    try {
      await fleet.run({ launcher: join(installed, 'logkit-fleet.js') });
      const source = join(fleet.dir, 'app.log');
      await writeFile(source, numberedLines(0, 100));
      await fleet.ask('POST', '/logkit/configs/r1', rawRunner(source, 'out.txt'));

      await waitFor(
        'lines',
        async () => (await linesIn(join(fleet.dir, 'out.txt'))).length === 100,
      );
      expect((await fleet.get('/')).body).toContain('<title>logkit-fleet</title>');
      expect(await fleet.end()).toBe(0);
    } finally {
      await fleet.remove();
    }
  });

  it('brings the coordinator as a library, with its worker', async () => {
    const program = `import('logkit-fleet/coordinator').then(async ({ openPartitionStore }) => {
      const store = await openPartitionStore({ type: 'sqlite', path: 'p.db' }, 'n');
      console.log((await store.counts()).pending);
      await store.close();
    })`;
    const { stdout } = await run(process.execPath, ['-e', program], { cwd: join(dir, 'home') });

    expect(stdout.trim()).toBe('0');
  });

  it('can be imported by a program', async () => {
    const { stdout } = await run(
      process.execPath,
      ['-e', "import('logkit-fleet').then(({ serve }) => console.log(typeof serve))"],
      { cwd: join(dir, 'home') },
    );

    expect(stdout.trim()).toBe('function');
  });
});
