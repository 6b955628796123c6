import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { samplesPage } from '../docs/sample-pages.ts';
import { parseConfigText } from '../shared/config/config-text.ts';
import { loadMainConfig } from '../shared/config/load-main-config.ts';
import { RunnerConfig } from '../shared/domain/runner-config.ts';
import { RunnerName } from '../shared/domain/runner-name.ts';
import { FROM_FILES } from './samples/from-files.ts';
import { OF_DATABASES } from './samples/of-databases.ts';
import { OF_THE_MACHINE } from './samples/of-the-machine.ts';
import { OVER_THE_NETWORK } from './samples/over-the-network.ts';
import { SampleStage } from './support/sample-stage.ts';

const ROOT = join(import.meta.dirname, '..');
const RUNS = [...FROM_FILES, ...OVER_THE_NETWORK, ...OF_DATABASES, ...OF_THE_MACHINE];
const samples = globSync('confs/**/*.conf', { cwd: ROOT });

describe('the shipped configuration', () => {
  it('is right, and starts one master that is its own agent', async () => {
    const { config, warnings } = loadMainConfig({
      file: 'logkit.conf.json',
      env: {},
      cwd: ROOT,
      programDir: ROOT,
    });

    expect(warnings).toEqual([]);
    expect(config.bind_host).toBe('127.0.0.1:3000');
    expect(config.cluster).toMatchObject({ enable: true, is_master: true, tag: 'local' });
    expect(config.cluster.master_url).toEqual(['http://127.0.0.1:3000']);
  });

  it('starts a runner that collects the log it writes', async () => {
    const { config } = loadMainConfig({
      file: 'logkit.conf.json',
      env: {},
      cwd: ROOT,
      programDir: ROOT,
    });
    const started = samples.filter((name) => !name.includes('samples'));

    expect(started.map((name) => basename(name))).toEqual(['logkit-self.conf']);
    expect(join(ROOT, runnerOf('confs/logkit-self.conf').reader?.['log_path'] ?? '')).toBe(
      config.log,
    );
  });
});

describe('sample runners', () => {
  it('are all run here', () => {
    expect(RUNS.map(({ file }) => file).toSorted()).toEqual(samples.toSorted());
  });

  it.each(RUNS)('$file does what it says', async ({ file, run }) => {
    expect(RunnerName.parse(runnerOf(file).name)).toBe(runnerOf(file).name);
    const stage = await SampleStage.open(file);
    try {
      await run(stage);
    } finally {
      await stage.close();
    }
  });

  it('are listed: npm run docs', async () => {
    expect(readFileSync(join(ROOT, 'confs', 'README.md'), 'utf8')).toBe(await samplesPage());
  });
});

function runnerOf(name: string): RunnerConfig {
  return RunnerConfig.parse(parseConfigText(readFileSync(join(ROOT, name), 'utf8'), name));
}
