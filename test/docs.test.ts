import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOG } from '../agent/plugins/catalog.ts';
import type { PluginInfo } from '../agent/plugins/plugin.ts';
import { withCoordinatorParts } from '../docs/coordinator-parts.ts';
import { withGeneratedParts } from '../docs/readme-parts.ts';
import { registryDescription } from '../docs/registry-description.ts';
import { systemCode } from '../shared/kernel/errors.ts';
import { OPERATIONS } from '../shared/registry/http/operations.ts';

const ROOT = join(import.meta.dirname, '..');
const text = (name: string) => readFile(join(ROOT, name), 'utf8');

describe('the documentation', () => {
  it('has the keys and figures as they are: npm run docs', async () => {
    const readme = await text('README.md');

    expect(await withGeneratedParts(readme)).toBe(readme);
  });

  it('has the options and figures of partitioned work as they are: npm run docs', async () => {
    const page = await text('docs/coordinator.md');

    expect(withCoordinatorParts(page)).toBe(page);
  });

  it('describes the API of the registry as it is: npm run docs', async () => {
    expect(await text('docs/registry.openapi.json')).toBe(registryDescription());
  });

  it('tells of every call of the registry', async () => {
    const page = await text('docs/registry-http.md');
    const calls = Object.values(OPERATIONS).map(({ method, path }) => `${method} ${path}`);

    expect(calls.filter((call) => !page.includes(`\`${call}\``))).toEqual([]);
  });

  it('names every plugin', async () => {
    const page = await text('docs/runners.md');
    const all = Object.values(CATALOG).flatMap((plugins: readonly PluginInfo[]) => plugins);

    expect(all.map(({ type }) => type).filter((type) => !page.includes(`\`${type}\``))).toEqual([]);
  });

  it('links only to what is there', async () => {
    for (const name of ['README.md', 'ARCHITECTURE.md', 'ROADMAP.md']) {
      for (const [, link = ''] of (await text(name)).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        expect(await text(link).then(() => link, systemCode), link).not.toBe('ENOENT');
      }
    }
    for (const page of globSync('{docs,examples/*,deploy/*}/*.md', { cwd: ROOT })) {
      for (const [, link = ''] of (await text(page)).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        const at = join(dirname(page), link);
        expect(await text(at).then(() => at, systemCode), `${page}: ${link}`).not.toBe('ENOENT');
      }
    }
  });
});
