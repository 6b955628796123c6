import { glob, stat } from 'node:fs/promises';
import { basename, extname, isAbsolute, join, resolve } from 'node:path';
import type { Clock } from '../../shared/kernel/clock.ts';
import { messageOf } from '../../shared/kernel/errors.ts';

const SCAN_MS = 1_000;
/** A file changed this recently may still be being written. */
const SETTLE_MS = 200;
const FILES_MAX = 10_000;
const EXTENSIONS: readonly string[] = ['.conf', '.json'];

/** What tells one state of a file from the next. */
interface Seen {
  readonly mtimeMs: number;
  readonly size: number;
  readonly ino: number;
}

/** What became of the files since the last look. */
export interface ConfChanges {
  /** New or changed, and no longer being written. */
  readonly changed: readonly string[];
  readonly gone: readonly string[];
}

/**
 * Watches the files that `confs_path` matches by looking once a second: that sees every kind of
 * editor, network file systems and folders that appear later. An entry that matches a folder means
 * the `.conf` and `.json` files in it (not below it).
 */
export class ConfFiles {
  readonly #patterns: readonly string[];
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();

  constructor(patterns: readonly string[], clock: Clock) {
    this.#patterns = patterns.map((pattern) => (isAbsolute(pattern) ? pattern : resolve(pattern)));
    this.#clock = clock;
  }

  /** Looks until `signal` aborts; `onChanges` is awaited, and what it throws goes to `onError`. */
  async watch(
    onChanges: (changes: ConfChanges) => Promise<void>,
    onError: (reason: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        const changes = await this.look();
        if (changes.changed.length + changes.gone.length > 0) await onChanges(changes);
      } catch (thrown) {
        onError(messageOf(thrown));
      }
      await this.#clock.sleep(SCAN_MS, signal);
    }
  }

  async look(): Promise<ConfChanges> {
    const now = await filesOf(this.#patterns);
    const changed: string[] = [];
    for (const [path, seen] of now) {
      if (isSame(this.#seen.get(path), seen)) continue;
      if (this.#clock.now() - seen.mtimeMs < SETTLE_MS && this.#clock.now() >= seen.mtimeMs)
        continue;
      this.#seen.set(path, seen);
      changed.push(path);
    }
    const gone = [...this.#seen.keys()].filter((path) => !now.has(path));
    for (const path of gone) this.#seen.delete(path);
    return { changed, gone };
  }
}

/** The runner's name when its file gives none. */
export function nameOfFile(path: string): string {
  return basename(path, extname(path));
}

async function filesOf(patterns: readonly string[]): Promise<Map<string, Seen>> {
  const files = new Map<string, Seen>();
  for (const pattern of patterns) {
    for await (const match of glob(pattern)) {
      const found = await stat(match).catch(() => null);
      if (found?.isFile()) files.set(match, seenOf(found));
      else if (found?.isDirectory()) await addFolder(match, files);
      if (files.size > FILES_MAX) {
        throw new Error(`confs_path matches more than ${FILES_MAX} files; make it narrower`);
      }
    }
  }
  return files;
}

async function addFolder(folder: string, files: Map<string, Seen>): Promise<void> {
  for await (const name of glob(`*{${EXTENSIONS.join(',')}}`, { cwd: folder })) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile()) files.set(path, seenOf(found));
  }
}

function seenOf({ mtimeMs, size, ino }: Seen): Seen {
  return { mtimeMs, size, ino };
}

function isSame(a: Seen | undefined, b: Seen): boolean {
  return a?.mtimeMs === b.mtimeMs && a.size === b.size && a.ino === b.ino;
}
