import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../../shared/kernel/errors.ts';
import { deviceOf, type FoundFile, findFiles } from './found-file.ts';
import { type FilePosition, fileKey, renewHead } from './identity.ts';
import { holdsLastRead } from './last-read.ts';
import { isPacked, openContent } from './open-content.ts';
import { byLastWrite, findPacked, isStillPacked, lookAtPacked } from './packed-files.ts';
import { isRotated } from './rotation-order.ts';

/** Where a file is that its path does not lead to any more. `unknown`: its disk is not there. */
export type Whereabouts = FoundFile | 'gone' | 'unknown';

/** Where to look beside the folder that a file was in, and where not. */
interface Search {
  /** Files of other folders that it may have been compressed to. */
  readonly elsewhere: readonly FoundFile[];
  /** Whether a file is known as another source, and still is what it is known as. */
  readonly isTaken: (file: FoundFile) => Promise<boolean>;
}

const ANYWHERE: Search = { elsewhere: [], isTaken: () => Promise.resolve(false) };

/**
 * Looks for files that were moved, compressed or copied away, as log rotation does, inside the folder they were
 * in. The answer has one entry a position, in their order.
 */
export async function findMoved(
  positions: readonly FilePosition[],
  search = ANYWHERE,
): Promise<Whereabouts[]> {
  const byFolder = new Map<string, FolderFiles>();
  const answers: Whereabouts[] = [];
  for (const position of positions) {
    answers.push(await findOne(position, byFolder, search));
  }
  return answers;
}

/**
 * Where the unread lines are of a file that was copied and cut, as `copytruncate` does, since the
 * position was made; null when it was not, or when nothing was unread.
 */
export async function unreadCopy(
  file: FoundFile,
  position: FilePosition,
  search: Search,
): Promise<FoundFile | null> {
  // One that cannot be read says nothing about what became of it.
  if (await isFileOf(file.path, position).catch(() => true)) return null;
  const [now] = await findMoved([position], search);
  if (typeof now !== 'object' || now.key === file.key) return null;
  return isPacked(now.path) || Number(now.stats.size) > position.offset ? now : null;
}

/** The files of one folder by key; null when the folder cannot be listed. */
type FolderFiles = ReadonlyMap<string, FoundFile> | null;

async function findOne(
  position: FilePosition,
  byFolder: Map<string, FolderFiles>,
  { elsewhere, isTaken }: Search,
): Promise<Whereabouts> {
  const around = new Map(elsewhere.map((file) => [file.key, file]));
  for (const folder of await foldersOf(position.path)) {
    const files = byFolder.get(folder) ?? (await filesIn(folder));
    byFolder.set(folder, files);
    if (files === null) return 'unknown';
    for (const [key, file] of files) around.set(key, file);
    const found = files.get(fileKey(position));
    if (found === undefined) continue;
    const isSame = await isFileOf(found.path, position).catch(() => null);
    if (isSame === null) return 'unknown';
    if (isSame) return found;
  }
  const other = await findOther(position, await freeOf([...around.values()], isTaken));
  if (other !== null) return other;
  return (await isDiskThere(position)) ? 'gone' : 'unknown';
}

async function freeOf(
  files: readonly FoundFile[],
  isTaken: Search['isTaken'],
): Promise<FoundFile[]> {
  const free: FoundFile[] = [];
  for (const file of files) if (!(await isTaken(file))) free.push(file);
  return free;
}

/** The same lines in another file. */
async function findOther(
  position: FilePosition,
  files: readonly FoundFile[],
): Promise<FoundFile | null> {
  return (await findPacked(position, files)) ?? (await findCopy(position, files));
}

/** What `copytruncate` leaves beside a file that it cuts: the lines that were there, read or not. */
async function findCopy(
  position: FilePosition,
  files: readonly FoundFile[],
): Promise<FoundFile | null> {
  if (position.offset === 0 || position.head.bytes === 0) return null;
  const name = basename(position.path);
  const copies = files.filter(({ path }) => !isPacked(path) && isRotated(basename(path), name));
  for (const file of copies.toSorted(byLastWrite).reverse()) {
    if (await isFileOf(file.path, position).catch(() => false)) return file;
  }
  return null;
}

/** Whether the file at `path` is the one that the position was made on, not just its inode. */
export async function isFileOf(path: string, position: FilePosition): Promise<boolean> {
  const content = await openContent(path);
  if (content === null) return false;
  try {
    const stats = await content.stat();
    if (content.isPacked) return isStillPacked(await lookAtPacked({ path, stats }), position);
    if (stats.size < position.offset) return false;
    if ((await renewHead(content, position.head)) === null) return false;
    return await holdsLastRead(content, position);
  } finally {
    await content.close();
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
export async function isDiskThere({ path, dev }: FilePosition): Promise<boolean> {
  const device = await deviceOf(dirname(path)).catch(() => null);
  return device === dev;
}
