import { open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '../../shared/kernel/errors.ts';
import type { SinkPosition } from '../../shared/stores/checkpoint-store.ts';
import { fileKey } from '../tail/identity.ts';
import type { StoredFile } from './stored-file.ts';

const FILES_MAX = 100_000;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const ELEMENT = /%(.?)/g;
const SPECIAL = /[\\^$.*+?()[\]{}|]/g;
/** What rotation appends to a name, and packing to that. */
const ROTATED = String.raw`(?:[-._]\d[-._:T\d]*)?(?:\.gz)?`;

/** The path a file sender writes to, as its options name it: date elements, and its partitions. */
export interface SinkTemplate {
  readonly path: string;
  readonly partitions: number;
}

/** All files that a template led to: of any date and partition, also rotated and packed ones. */
export async function findSinkFiles(
  template: SinkTemplate,
  committed: readonly SinkPosition[],
): Promise<StoredFile[]> {
  const paths = await pathsOf(namePatterns(template));
  const sizes = new Map(committed.map(({ identity, size }) => [identity, size]));
  const files: StoredFile[] = [];
  for (const path of paths.toSorted()) {
    const stats = await stat(path, { bigint: true }).catch(() => null);
    if (stats?.isFile() !== true) continue;
    // What is behind the last commit is not the runner's yet.
    const storedBytes = sizes.get(fileKey(stats)) ?? null;
    files.push({ path, isPacked: await isGzip(path), storedBytes });
  }
  return files;
}

/** By its first bytes: the name of a file is the user's choice. */
async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(GZIP_MAGIC.length), 0, GZIP_MAGIC.length, 0);
    return buffer.equals(GZIP_MAGIC);
  } finally {
    await handle.close();
  }
}

/** A pattern for each folder of the path and for the file; text where a name is fixed. */
export function namePatterns({ path, partitions }: SinkTemplate): readonly (string | RegExp)[] {
  const names = resolve(path).split('/').slice(1);
  const file = names.pop() ?? '';
  const folders = names.map((name) =>
    name.includes('%') ? new RegExp(`^${patternOf(name)}$`) : name,
  );
  const partition = partitions > 0 ? [/^partition\d+$/] : [];
  return [...folders, ...partition, new RegExp(`^${patternOf(file)}${ROTATED}$`)];
}

function patternOf(name: string): string {
  const texts = name.split(/%.?/).map((text) => text.replace(SPECIAL, String.raw`\$&`));
  const elements = [...name.matchAll(ELEMENT)].map(([, letter = '']) => elementPattern(letter));
  return texts.map((text, index) => text + (elements[index] ?? '')).join('');
}

function elementPattern(letter: string): string {
  if (letter === '%') return '%';
  return letter === 'Y' ? String.raw`\d{4}` : String.raw`\d\d`;
}

async function pathsOf(patterns: readonly (string | RegExp)[]): Promise<string[]> {
  let paths = ['/'];
  for (const pattern of patterns) {
    const next: string[] = [];
    for (const folder of paths) {
      if (typeof pattern === 'string') next.push(join(folder, pattern));
      else next.push(...(await namesIn(folder, pattern)));
      if (next.length <= FILES_MAX) continue;
      throw new AppError('invalid', `more than ${FILES_MAX} files lie in ${folder}`);
    }
    paths = next;
  }
  return paths;
}

async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => pattern.test(name)).map((name) => join(folder, name));
}
