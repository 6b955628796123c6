import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PARSERS } from '../agent/plugins/parsers/catalog.ts';
import { READERS } from '../agent/plugins/readers/catalog.ts';
import { SENDERS } from '../agent/plugins/senders/catalog.ts';
import { TRANSFORMS } from '../agent/plugins/transforms/catalog.ts';
import { withGeneratedParts } from '../docs/readme-parts.ts';
import { systemCode } from '../shared/kernel/errors.ts';

const ROOT = join(import.meta.dirname, '..');
const text = (name: string) => readFile(join(ROOT, name), 'utf8');

describe('the documentation', () => {
  it('has the keys and figures as they are: npm run docs', async () => {
    const readme = await text('README.md');

    expect(await withGeneratedParts(readme)).toBe(readme);
  });

  it('names every plugin', async () => {
    const page = await text('docs/runners.md');

    for (const { type } of [...READERS, ...PARSERS, ...TRANSFORMS, ...SENDERS]) {
      expect(page).toContain(`\`${type}\``);
    }
  });

  it('links only to what is there', async () => {
    for (const name of ['README.md', 'ARCHITECTURE.md', 'ROADMAP.md', 'docs/api.md']) {
      for (const [, link = ''] of (await text(name)).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        expect(await text(link).then(() => link, systemCode), link).not.toBe('ENOENT');
      }
    }
  });
});
