import { open, readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '../../shared/kernel/errors.ts';
import { deviceOf, type FoundFile, findFiles } from './found-file.ts';
import { type FilePosition, fileKey, renewHead } from './identity.ts';

/** Where a file is that its path does not lead to any more. `unknown`: its disk is not there. */
export type Whereabouts = FoundFile | 'gone' | 'unknown';

/**
 * Looks for files that were moved, as log rotation does, inside the folder they were in.
 * The answer has one entry a position, in their order.
 */
export async function findMoved(positions: readonly FilePosition[]): Promise<Whereabouts[]> {
  const byFolder = new Map<string, FolderFiles>();
  const answers: Whereabouts[] = [];
  for (const position of positions) {
    answers.push(await findOne(position, byFolder));
  }
  return answers;
}

/** The files of one folder by key; null when the folder cannot be listed. */
type FolderFiles = ReadonlyMap<string, FoundFile> | null;

async function findOne(
  position: FilePosition,
  byFolder: Map<string, FolderFiles>,
): Promise<Whereabouts> {
  for (const folder of await foldersOf(position.path)) {
    const files = byFolder.get(folder) ?? (await filesIn(folder));
    byFolder.set(folder, files);
    if (files === null) return 'unknown';
    const found = files.get(fileKey(position));
    if (found === undefined) continue;
    const isSame = await isFileOf(found.path, position).catch(() => null);
    if (isSame === null) return 'unknown';
    return isSame ? found : 'gone';
  }
  return (await isDiskThere(position)) ? 'gone' : 'unknown';
}

/** Whether the file at `path` is the one that the position was made on, not just its inode. */
export async function isFileOf(path: string, { head, offset }: FilePosition): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    return size >= offset && (await renewHead(handle, head)) !== null;
  } finally {
    await handle.close();
  }
}

/** The folder of the path and, when the path is a link, the folder that it leads to. */
async function foldersOf(path: string): Promise<ReadonlySet<string>> {
  const target = await realpath(path).catch(() => path);
  return new Set([dirname(path), dirname(target)]);
}

async function filesIn(folder: string): Promise<FolderFiles> {
  try {
    const names = await readdir(folder);
    const files = await findFiles(names.map((name) => join(folder, name)));
    return new Map(files.map((file) => [file.key, file]));
  } catch (thrown) {
    return systemCode(thrown) === 'ENOENT' ? new Map() : null;
  }
}

/** A file is gone only when the disk it was on is there to say so. */
async function isDiskThere({ path, dev }: FilePosition): Promise<boolean> {
  const device = await deviceOf(dirname(path)).catch(() => null);
  return device === dev;
}
