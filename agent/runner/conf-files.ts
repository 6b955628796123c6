import { glob, readdir, stat } from 'node:fs/promises';
import { basename, extname, isAbsolute, join, resolve, sep } from 'node:path';
import type { Clock } from '../../shared/kernel/clock.ts';
import { messageOf, systemCode } from '../../shared/kernel/errors.ts';

const SCAN_MS = 1_000;
/** A file changed this recently may still be being written. */
const SETTLE_MS = 200;
const FILES_MAX = 10_000;
const EXTENSIONS: readonly string[] = ['.conf', '.json'];

/** What tells one state of a file from the next. */
interface State {
  readonly mtimeMs: number;
  readonly size: number;
  readonly ino: number;
}

/** What became of the files since the last look. */
export interface ConfChanges {
  /** New or changed, and no longer being written. */
  readonly changed: readonly string[];
  readonly gone: readonly string[];
  /** What could not be looked at, and why. What was there before counts as still there. */
  readonly troubles: readonly string[];
}

/**
 * Watches the files that `confs_path` matches by looking once a second: that sees every kind of
 * editor, network file systems and folders that appear later. An entry that matches a folder means
 * the `.conf` and `.json` files in it (not below it), but for hidden ones.
 */
export class ConfFiles {
  readonly #patterns: readonly string[];
  readonly #clock: Clock;
  readonly #seen = new Map<string, State>();

  constructor(patterns: readonly string[], clock: Clock) {
    this.#patterns = patterns.map((pattern) => (isAbsolute(pattern) ? pattern : resolve(pattern)));
    this.#clock = clock;
  }

  /**
   * Looks until `signal` aborts; `onLook` is awaited every time, also when nothing has changed.
   * What keeps it from looking is told to `onError`, once until it changes.
   */
  async watch(
    onLook: (changes: ConfChanges) => Promise<void>,
    onError: (reason: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let told = '';
    while (!signal.aborted) {
      const reason = await this.#lookFor(onLook);
      if (reason !== told && reason !== '') onError(reason);
      told = reason;
      await this.#clock.sleep(SCAN_MS, signal);
    }
  }

  /** @throws Error when `confs_path` matches too many files. */
  async look(): Promise<ConfChanges> {
    const { files, unreadable } = await lookAt(this.#patterns);
    const changed: string[] = [];
    for (const [path, state] of files) {
      if (isSame(this.#seen.get(path), state) || this.#isFresh(state)) continue;
      this.#seen.set(path, state);
      changed.push(path);
    }
    const isHidden = (path: string) => [...unreadable.keys()].some((at) => isInside(path, at));
    const gone = [...this.#seen.keys()].filter((path) => !files.has(path) && !isHidden(path));
    for (const path of gone) this.#seen.delete(path);
    return { changed, gone, troubles: [...unreadable.values()] };
  }

  async #lookFor(onLook: (changes: ConfChanges) => Promise<void>): Promise<string> {
    try {
      const changes = await this.look();
      await onLook(changes);
      return changes.troubles.join('; ');
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  #isFresh({ mtimeMs }: State): boolean {
    const ageMs = this.#clock.now() - mtimeMs;
    return ageMs >= 0 && ageMs < SETTLE_MS;
  }
}

/** The runner's name when its file gives none. */
export function nameOfFile(path: string): string {
  return basename(path, extname(path));
}

/** What one look finds. */
interface Look {
  readonly files: Map<string, State>;
  /** By path: why it cannot be looked at. */
  readonly unreadable: Map<string, string>;
}

async function lookAt(patterns: readonly string[]): Promise<Look> {
  const look: Look = { files: new Map(), unreadable: new Map() };
  for (const pattern of patterns) {
    // A path that is there is meant as it is, whatever characters it has.
    if (await addPath(pattern, look)) continue;
    for await (const match of glob(pattern)) await addPath(match, look);
  }
  return look;
}

/** Whether there is such a path. */
async function addPath(path: string, look: Look): Promise<boolean> {
  const found = await unlessUnreadable(path, look, () => stat(path));
  if (found?.isFile()) addFile(path, found, look);
  else if (found?.isDirectory()) await addFolder(path, look);
  return found !== null;
}

async function addFolder(folder: string, look: Look): Promise<void> {
  const names = await unlessUnreadable(folder, look, () => readdir(folder));
  for (const name of names ?? []) {
    if (name.startsWith('.') || !EXTENSIONS.includes(extname(name))) continue;
    const path = join(folder, name);
    const found = await unlessUnreadable(path, look, () => stat(path));
    if (found?.isFile()) addFile(path, found, look);
  }
}

function addFile(path: string, { mtimeMs, size, ino }: State, { files }: Look): void {
  files.set(path, { mtimeMs, size, ino });
  if (files.size > FILES_MAX) {
    throw new Error(`confs_path matches more than ${FILES_MAX} files; make it narrower`);
  }
}

/** Null when the path is not there, or cannot be looked at. */
async function unlessUnreadable<T>(
  path: string,
  { unreadable }: Look,
  ask: () => Promise<T>,
): Promise<T | null> {
  try {
    return await ask();
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') unreadable.set(path, messageOf(thrown));
    return null;
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function isSame(a: State | undefined, b: State): boolean {
  return a?.mtimeMs === b.mtimeMs && a.size === b.size && a.ino === b.ino;
}
