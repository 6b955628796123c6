import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withGeneratedParts } from './readme-parts.ts';

/** Puts what is generated into the README: `npm run docs`. A test holds the README to it. */
const path = join(import.meta.dirname, '..', 'README.md');
await writeFile(path, await withGeneratedParts(await readFile(path, 'utf8')));
