import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../shared/registry/library.ts';
import { RegistryRig } from '../support/registry-rig.ts';

const ROOT = join(import.meta.dirname, '../..');
const LIBRARY = pathToFileURL(join(ROOT, 'shared/registry/library.ts')).href;
const page = await readFile(join(ROOT, 'docs/registry.md'), 'utf8');
const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);

/** What it prints. */
async function ran(code: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'registry-docs-'));
  const file = join(dir, 'program.ts');
  await writeFile(file, code.replaceAll('logkit-fleet/registry', LIBRARY));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: dir });
  await rm(dir, { recursive: true });
  return stdout;
}

describe('the page of the registry', () => {
  it('has a quick start that runs', async () => {
    expect(await ran(blocks[0] ?? '')).toMatch(
      /^user-service-001 at 127\.0\.0\.1:8080, up for \d+ ms\nthere are 1\n$/,
    );
  });

  it('has a client that finds what is registered at masters', async () => {
    await using rig = await RegistryRig.start();
    const { id, secret } = await rig.auth.client(rig.admin, ['user-service']);
    await rig.registry.register({ name: 'user-service', address: '127.0.0.1:8080' });
    const code = (blocks[1] ?? '')
      .replace(`'http://192.168.0.2:3000', 'http://192.168.0.3:3000'`, `'${rig.url}'`)
      .replace(`'client-1'`, `'${id}'`)
      .replace(`'secret'`, `'${secret}'`);

    expect(await ran(code)).toBe('127.0.0.1:8080 of 1\n');
    expect(blocks).toHaveLength(2);
  });

  it('tells of every code', () => {
    expect(ERROR_CODES.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});
