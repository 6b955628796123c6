import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { positionAt } from '../tail/beginning.ts';
import { type FoundFile, findFiles } from '../tail/found-file.ts';
import { type FilePosition, renewHead } from '../tail/identity.ts';
import { deliveredOf, isReadFrom } from './delivered.ts';
import { type DoneFile, type GoMeta, readGoMetas, readPendingLines } from './go-meta.ts';

export interface GoAgent {
  /** The option `meta_path`; empty: where logkit keeps it by default. */
  readonly metaPath: string;
  readonly runner: string;
  readonly logPath: string;
  readonly log: Logger;
}

/** Where a Go logkit agent that read these files before has stopped; nothing where none did. */
export async function importPositions(agent: GoAgent): Promise<FilePosition[]> {
  const { log } = agent;
  const root = resolve(agent.metaPath || defaultMetaPath(agent));
  const positions: FilePosition[] = [];
  const onBroken = ({ message }: Error) =>
    log.warn(
      { meta: root, reason: message },
      'a position of logkit is broken, its file begins anew',
    );
  const metas = await readGoMetas(root, onBroken);
  const pending = metas.length > 0 ? await readPendingLines(root) : new Map<string, string>();
  for (const meta of metas) {
    try {
      const line = Buffer.from(meta.isNested ? (pending.get(meta.path) ?? '') : '');
      positions.push(...(await importFolder(meta, line, log)));
    } catch (thrown) {
      log.warn({ meta: meta.folder, err: thrown }, 'a position of logkit cannot be taken over');
    }
  }
  return positions;
}

/** `meta/<runner>_<fnv32a of the last name of the path>`, in the working folder. */
function defaultMetaPath({ runner, logPath }: GoAgent): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(basename(logPath))) hash = Math.imul(hash ^ byte, 0x01000193);
  return join('meta', `${runner}_${hash >>> 0}`);
}

async function importFolder(meta: GoMeta, pending: Buffer, log: Logger): Promise<FilePosition[]> {
  const folder = dirname(meta.path);
  const names = await readdir(folder).catch(() => []);
  const around = await findFiles(names.map((name) => join(folder, name)));
  const done = around.flatMap((file) => {
    const entry = meta.done.find((each) => isDone(file, each));
    return entry === undefined ? [] : [{ file, offset: entry.offset }];
  });
  giveBack(done, meta);
  const current = await fileOf(meta, around);
  const positions: FilePosition[] = [];
  for (const { file, offset } of done) {
    if (file.key !== current?.key) positions.push(await knownPosition(file, file.path, offset));
  }
  if (current === null) {
    const { path, offset } = meta;
    log.warn(
      { path, offset },
      'the file of a position of logkit is not there, it is not taken over',
    );
    return positions;
  }
  const { offset, isExact } = await reading(current, (file) => deliveredOf(file, meta, pending));
  const again = isExact ? 0 : meta.offset - offset;
  log.info({ path: current.path, offset, again }, 'a position of logkit is taken over');
  return [...positions, await knownPosition(current, meta.path, offset)];
}

/** What waits in the buffer may begin in the file before, which counts as done all the same. */
function giveBack(done: { file: FoundFile; offset: number }[], meta: GoMeta): void {
  const { buffer, cache, offset } = meta;
  const before = buffer.bytes.length - buffer.read + cache.length - offset;
  const last = done.toSorted((a, b) => Number(a.file.stats.mtimeNs - b.file.stats.mtimeNs)).at(-1);
  if (before > 0 && last !== undefined) last.offset = Math.max(0, last.offset - before);
}

/** One of the same inode that was made later is another file. */
function isDone({ path, stats }: FoundFile, done: DoneFile): boolean {
  if (String(stats.ino) !== done.ino || Number(stats.size) < done.offset) return false;
  return basename(path) === basename(done.path) && Number(stats.birthtimeMs) <= done.atMs;
}

/** The file whose bytes are in the buffer, whatever it is called by now; else the one at the path. */
async function fileOf(meta: GoMeta, around: readonly FoundFile[]): Promise<FoundFile | null> {
  const atPath = around.filter(({ path }) => path === meta.path);
  const name = basename(meta.path);
  const rotated = around.filter((file) => basename(file.path).startsWith(name));
  for (const file of [...atPath, ...rotated]) {
    const isIt = await reading(file, (handle) => isReadFrom(handle, meta)).catch(() => false);
    if (isIt) return file;
  }
  return atPath.find(({ stats }) => Number(stats.size) >= meta.offset) ?? null;
}

async function knownPosition(file: FoundFile, path: string, offset: number): Promise<FilePosition> {
  const position = positionAt({ ...file, path }, offset);
  const head = await reading(file, (handle) => renewHead(handle, position.head));
  return { ...position, head: head ?? position.head };
}

type Handle = Awaited<ReturnType<typeof open>>;

async function reading<T>({ path }: FoundFile, use: (handle: Handle) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r');
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}
