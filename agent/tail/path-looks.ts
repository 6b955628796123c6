import { type Stats, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { Clock } from '../../shared/kernel/clock.ts';
import { type FoundFile, findFiles, foundFile } from './found-file.ts';
import { LocalDevices } from './local-devices.ts';

/** A look that takes longer lets others have the thread in between. */
const SLICE_MS = 2;
/** The clock is asked once in so many files. */
const FILES_A_GLANCE = 16;
/**
 * A folder that has changed less than this ago is listed again: another change in the same tick of
 * the file system's clock would leave the time of the folder as it is.
 */
const SETTLE_MS = 2_000;

/** What is wanted of a folder, as long as it stands as it was when it was listed. */
interface Listing {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly paths: readonly string[];
}

/** A file on a disk of this machine, and by what it is told that it has not changed. */
interface Seen {
  /** Taken before the look at the file; null when there was none. */
  readonly glance: Stats | null;
  readonly file: FoundFile;
}

/**
 * Looks at the same folders and files again and again, at little cost while they rest. On disks of
 * this machine a folder is listed when it has changed, and files are looked at one after the other
 * in this thread, a few microseconds each: a tenth of what it costs to have another thread do it.
 */
export class PathLooks {
  readonly #clock: Clock;
  readonly #devices = new LocalDevices();
  readonly #listings = new Map<string, Listing>();
  /** By path: the last look at what it led to, where that was on a disk of this machine. */
  #seen: ReadonlyMap<string, Seen> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The paths in a folder that are wanted. What `wants` says of a path must never change.
   * @throws the system's error when the folder cannot be listed.
   */
  async paths(folder: string, wants: (path: string) => boolean): Promise<readonly string[]> {
    const { dev, ino, mtimeNs } = await stat(folder, { bigint: true }).catch((thrown: unknown) => {
      this.#listings.delete(folder);
      throw thrown;
    });
    const known = this.#listings.get(folder);
    const stands = known?.dev === dev && known.ino === ino && known.mtimeNs === mtimeNs;
    if (stands) return known.paths;
    await this.#devices.learn(dev, folder);
    const isSettled = this.#clock.now() - Number(mtimeNs / 1_000_000n) > SETTLE_MS;
    const names = await readdir(folder);
    const paths = names.map((name) => join(folder, name)).filter(wants);
    if (isSettled && this.#devices.isLocal(dev)) {
      this.#listings.set(folder, { dev, ino, mtimeNs, paths });
    } else {
      this.#listings.delete(folder);
    }
    return paths;
  }

  /** The regular files among `paths`, in their order; a path that cannot be looked at is left out. */
  async files(paths: readonly string[]): Promise<FoundFile[]> {
    const seen = new Map<string, Seen>();
    const near = await this.#near(paths, seen);
    const far = await findFiles(paths.filter((path) => !this.#seen.has(path)));
    for (const file of far) {
      await this.#devices.learn(file.stats.dev, file.path);
      if (this.#devices.isLocal(file.stats.dev)) seen.set(file.path, { glance: null, file });
    }
    this.#seen = seen;
    return far.length === 0 ? near : inOrderOf(paths, [...near, ...far]);
  }

  async #near(paths: readonly string[], seen: Map<string, Seen>): Promise<FoundFile[]> {
    const found: FoundFile[] = [];
    let sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
    for (const [index, path] of paths.entries()) {
      const before = this.#seen.get(path);
      const now = before === undefined ? null : seenNow(path, before);
      if (now !== null) {
        found.push(now.file);
        if (this.#devices.isLocal(now.file.stats.dev)) seen.set(path, now);
      }
      if (index % FILES_A_GLANCE !== 0 || this.#clock.monotonicMs() < sliceEndMs) continue;
      await letOthersRun();
      sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
    }
    return found;
  }
}

/** A glance makes no big numbers, which would be most of what a look at a file at rest costs. */
function seenNow(path: string, before: Seen): Seen | null {
  const glance = glanceAt(path);
  if (glance === undefined) return null;
  if (before.glance !== null && isSame(glance, before.glance)) return before;
  const file = lookAt(path);
  return file === null ? null : { glance, file };
}

function isSame(a: Stats, b: Stats): boolean {
  const isUnchanged = a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
  return isUnchanged && a.ino === b.ino && a.dev === b.dev && a.nlink === b.nlink;
}

function glanceAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function lookAt(path: string): FoundFile | null {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? null : foundFile(path, stats);
  } catch {
    return null;
  }
}

function inOrderOf(paths: readonly string[], files: readonly FoundFile[]): FoundFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return paths.map((path) => byPath.get(path)).filter((file) => file !== undefined);
}
