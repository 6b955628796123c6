import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOG } from '../agent/plugins/catalog.ts';
import { buildPipeline } from '../agent/runner/pipeline.ts';
import { parseConfigText } from '../shared/config/config-text.ts';
import { loadMainConfig } from '../shared/config/load-main-config.ts';
import { RunnerConfig } from '../shared/domain/runner-config.ts';
import { RunnerName } from '../shared/domain/runner-name.ts';
import { pluginContext } from './support/plugin-context.ts';

const ROOT = join(import.meta.dirname, '..');
const policy = {
  readPaths: [],
  writePaths: [],
  senders: [],
  protectedPaths: [],
  protectedPatterns: [],
};
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
  it('are more than the one that is started', () => {
    expect(samples).toHaveLength(3);
  });

  it.each(samples)('%s makes a runner', async (name) => {
    const runner = runnerOf(name);

    expect(RunnerName.parse(runner.name)).toBe(runner.name);
    await buildPipeline(runner, {
      catalog: CATALOG,
      policy,
      context: pluginContext(),
      mustExist: false,
    });
  });
});

function runnerOf(name: string): RunnerConfig {
  return RunnerConfig.parse(parseConfigText(readFileSync(join(ROOT, name), 'utf8'), name));
}
