import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, systemCode } from '../../shared/kernel/errors.ts';

const FILE_BYTES_MAX = 64 * 1024 * 1024;
const FOLDERS_MAX = 10_000;

/** What a Go logkit agent has kept of where it reads: one folder with a `file.meta`. */
export interface GoMeta {
  readonly folder: string;
  readonly path: string;
  /** Bytes of the file that were read. */
  readonly offset: number;
  /** The last of them; from `read` on they wait in the buffer. */
  readonly buffer: { readonly bytes: Buffer; readonly read: number; readonly size: number };
  /** Lines that wait to be joined; they come before what is in the buffer. */
  readonly cache: Buffer;
  /** Whether it is one of the folders that a reader of patterns keeps. */
  readonly isNested: boolean;
  readonly done: readonly DoneFile[];
}

/** A file that was read to its end. */
export interface DoneFile {
  /** Maybe without its folder. */
  readonly path: string;
  readonly ino: string;
  readonly offset: number;
  readonly atMs: number;
}

/**
 * All positions below a meta folder; none when there is no such folder.
 * @throws AppError `invalid` for a file that is not as the Go program writes it.
 */
export async function readGoMetas(root: string, onBroken: (error: AppError) => void) {
  const names = (await namesIn(root)).slice(0, FOLDERS_MAX);
  const folders = [root, ...names.map((name) => join(root, name))];
  const metas: GoMeta[] = [];
  for (const folder of folders) {
    try {
      const meta = await readGoMeta(folder, folder !== root);
      if (meta !== null) metas.push(meta);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      onBroken(thrown);
    }
  }
  return metas;
}

/** Lines that a reader of patterns had taken from a file and not handed on, by path. */
export async function readPendingLines(root: string): Promise<ReadonlyMap<string, string>> {
  const text = (await bytesOf(join(root, 'buf.dat')))?.toString() ?? '';
  if (!text.startsWith('{')) return new Map();
  try {
    const value: unknown = JSON.parse(text);
    const lines: [string, unknown][] = Object.entries(value ?? {});
    return new Map(
      lines.flatMap(([path, line]) => (typeof line === 'string' ? [[path, line]] : [])),
    );
  } catch {
    return new Map();
  }
}

async function readGoMeta(folder: string, isNested: boolean): Promise<GoMeta | null> {
  const position = await bytesOf(join(folder, 'file.meta'));
  if (position === null) return null;
  const told = /^(.+)\t(\d{1,15})\n?$/.exec(position.toString());
  if (told === null) throw broken(join(folder, 'file.meta'), '"<path>\\t<offset>"');
  return {
    folder,
    path: told[1] ?? '',
    offset: Number(told[2]),
    buffer: await readBuffer(folder),
    cache: (await bytesOf(join(folder, 'cache.dat'))) ?? Buffer.alloc(0),
    isNested,
    done: await readDone(folder),
  };
}

async function readBuffer(folder: string): Promise<GoMeta['buffer']> {
  const text = (await bytesOf(join(folder, 'buf.meta')))?.toString();
  if (text === undefined) return { bytes: Buffer.alloc(0), read: 0, size: 0 };
  const told = /^read:(\d{1,9})\nwrite:(\d{1,9})\nbufsize:(\d{1,9})\n?$/.exec(text);
  const [read, write, size] = (told?.slice(1) ?? []).map(Number);
  const isSound = read !== undefined && write !== undefined && read <= write;
  if (!isSound || size === undefined)
    throw broken(join(folder, 'buf.meta'), '"read:<n>", "write:<n>" and "bufsize:<n>"');
  const bytes = (await bytesOf(join(folder, 'buf.dat'))) ?? Buffer.alloc(0);
  return { bytes: bytes.subarray(0, write), read, size: Math.max(size, write) };
}

async function readDone(folder: string): Promise<DoneFile[]> {
  const done: DoneFile[] = [];
  for (const name of (await namesIn(folder)).filter((each) => each.startsWith('file.done.'))) {
    const text = (await bytesOf(join(folder, name)))?.toString() ?? '';
    done.push(...text.split('\n').flatMap(doneFileOf));
  }
  return done;
}

function doneFileOf(line: string): DoneFile[] {
  const [path = '', ino = '', offset = '', time = ''] = line.split('\t');
  const atMs = Date.parse(time);
  const isWhole = /^\d+$/.test(ino) && /^\d{1,15}$/.test(offset) && !Number.isNaN(atMs);
  return isWhole ? [{ path, ino, offset: Number(offset), atMs }] : [];
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw thrown;
  }
}

async function bytesOf(path: string): Promise<Buffer | null> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size > FILE_BYTES_MAX) throw broken(path, `at most ${FILE_BYTES_MAX} bytes`);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw thrown;
  }
}

function broken(path: string, right: string): AppError {
  return new AppError('invalid', `${path} is not as logkit writes it: it should hold ${right}`);
}
