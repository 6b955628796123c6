import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withCoordinatorParts } from './coordinator-parts.ts';
import { pluginsPage } from './plugin-pages.ts';
import { withGeneratedParts } from './readme-parts.ts';
import { registryDescription } from './registry-description.ts';
import { samplesPage } from './sample-pages.ts';

/** Writes what is generated, in the README, beside this file and beside the samples: `npm run docs`. Tests hold both to it. */
const path = join(import.meta.dirname, '..', 'README.md');
await writeFile(path, await withGeneratedParts(await readFile(path, 'utf8')));
await writeFile(join(import.meta.dirname, 'plugins.md'), pluginsPage());
await writeFile(join(import.meta.dirname, '..', 'confs', 'README.md'), await samplesPage());
const coordinator = join(import.meta.dirname, 'coordinator.md');
await writeFile(coordinator, withCoordinatorParts(await readFile(coordinator, 'utf8')));
await writeFile(join(import.meta.dirname, 'registry.openapi.json'), registryDescription());
