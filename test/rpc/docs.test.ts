import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ClientConfig } from '../../shared/resilience/failover-config.ts';
import { Metrics, RpcMetrics } from '../../shared/rpc/library.ts';

const ROOT = join(import.meta.dirname, '../..');
const LIBRARY = pathToFileURL(join(ROOT, 'shared/rpc/library.ts')).href;
const page = await readFile(join(ROOT, 'docs/rpc.md'), 'utf8');
const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);

/** What it prints. */
async function ran(code: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'rpc-docs-'));
  const file = join(dir, 'program.ts');
  await writeFile(file, code.replaceAll('logkit-fleet/rpc', LIBRARY));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: dir });
  await rm(dir, { recursive: true });
  return stdout;
}

describe('the page of calls', () => {
  it('has a quick start that runs', async () => {
    expect(await ran(blocks[0] ?? '')).toBe('Hello, Ada!\n1 attempt, true\n');
  });

  it('has a program with figures that runs', async () => {
    expect(await ran(blocks[1] ?? '')).toBe('true\n');
  });

  it('tells of every field of the configuration, and every figure', async () => {
    const { FailoverConfig, ...client } = ClientConfig.parse({});
    const metrics = new Metrics();
    const rpc = new RpcMetrics(metrics);
    rpc.stats('x');
    const figures = [...(await metrics.text()).matchAll(/# TYPE (\S+)/g)].map(([, name]) => name);
    const names = [...Object.keys(client), ...Object.keys(FailoverConfig), ...figures];

    expect(names.length).toBeGreaterThan(35);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
