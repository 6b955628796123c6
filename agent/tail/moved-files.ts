import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { AppError } from '../../shared/kernel/errors.ts';
import type { Content } from './content.ts';
import { FolderListings } from './folder-listings.ts';
import { deviceOf, type FoundFile } from './found-file.ts';
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

/** A file that is moved each time it is looked for may be looked for later. */
const LOOKS_MAX = 4;

const ANYWHERE: Search = { elsewhere: [], isTaken: () => Promise.resolve(false) };

/**
 * Looks for files that were moved, compressed or copied away, as log rotation does, inside the folder they were
 * in. The answer has one entry a position, in their order.
 */
export async function findMoved(
  positions: readonly FilePosition[],
  search = ANYWHERE,
): Promise<Whereabouts[]> {
  const listings = new FolderListings();
  const answers: Whereabouts[] = [];
  for (const position of positions) {
    answers.push(await findOne(position, listings, search));
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
  if (await isFileOf(file, position).catch(() => true)) return null;
  const [now] = await findMoved([position], search);
  if (typeof now !== 'object' || now.key === file.key) return null;
  return isPacked(now.path) || Number(now.stats.size) > position.offset ? now : null;
}

/**
 * Files may be moved while they are looked for: by a rotation one after the other, and then a list of
 * them shows one that is there under no name at all, or under that of another. So none is taken for
 * gone that was not missed in two lists.
 */
async function findOne(
  position: FilePosition,
  listings: FolderListings,
  search: Search,
): Promise<Whereabouts> {
  const folders = await foldersOf(position.path);
  for (let look = 1; look <= LOOKS_MAX; look += 1) {
    const sight = await lookFor(position, { folders, listings, search });
    if (sight === 'unknown' || typeof sight === 'object') return sight;
    const isSure = sight === 'none' && (look > 1 || (await listings.areConfirmed(folders)));
    if (isSure) return (await isDiskThere(position)) ? 'gone' : 'unknown';
    await listings.renew(folders);
  }
  return 'unknown';
}

interface Place {
  readonly folders: ReadonlySet<string>;
  readonly listings: FolderListings;
  readonly search: Search;
}

async function lookFor(
  position: FilePosition,
  { folders, listings, search: { elsewhere, isTaken } }: Place,
): Promise<FoundFile | 'none' | 'moved' | 'unknown'> {
  const around = new Map(elsewhere.map((file) => [file.key, file]));
  for (const folder of folders) {
    const files = await listings.filesIn(folder);
    if (files === null) return 'unknown';
    for (const [key, file] of files) around.set(key, file);
    const found = files.get(fileKey(position));
    if (found === undefined) continue;
    const likeness = await compared(found, position).catch(() => 'unknown' as const);
    if (likeness === 'same') return found;
    if (likeness !== 'other') return likeness;
  }
  return (await findOther(position, await freeOf([...around.values()], isTaken))) ?? 'none';
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
    if (await isFileOf(file, position).catch(() => false)) return file;
  }
  return null;
}

/**
 * Whether a file is the one that the position was made on, not just its inode.
 * @throws AppError `unavailable` when it is not there any more, and the system's error when it cannot
 * be read.
 */
export async function isFileOf(file: FoundFile, position: FilePosition): Promise<boolean> {
  const likeness = await compared(file, position);
  if (likeness !== 'moved') return likeness === 'same';
  throw new AppError('unavailable', `${file.path} was moved while it was looked at`);
}

/** `moved`: the path leads to another file by now, or to none. */
async function compared(
  { path, key }: FoundFile,
  position: FilePosition,
): Promise<'same' | 'other' | 'moved'> {
  const content = await openContent(path);
  if (content === null) return 'moved';
  try {
    const stats = await content.stat();
    if (fileKey(stats) !== key) return 'moved';
    return (await isStillOf(content, { path, stats }, position)) ? 'same' : 'other';
  } finally {
    await content.close();
  }
}

async function isStillOf(
  content: Content,
  file: Pick<FoundFile, 'path' | 'stats'>,
  position: FilePosition,
): Promise<boolean> {
  if (content.isPacked) return isStillPacked(await lookAtPacked(file), position);
  if (file.stats.size < position.offset) return false;
  if ((await renewHead(content, position.head)) === null) return false;
  return holdsLastRead(content, position);
}

/** The folder of the path and, when the path is a link, the folder that it leads to. */
async function foldersOf(path: string): Promise<ReadonlySet<string>> {
  const target = await realpath(path).catch(() => path);
  return new Set([dirname(path), dirname(target)]);
}

/** A file is gone only when the disk it was on is there to say so. */
export async function isDiskThere({ path, dev }: FilePosition): Promise<boolean> {
  const device = await deviceOf(dirname(path)).catch(() => null);
  return device === dev;
}
