import { type BigIntStats, statSync } from 'node:fs';
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

/**
 * Looks at the same folders and files again and again, at little cost while they rest. On disks of
 * this machine a folder is listed when it has changed, and files are looked at one after the other
 * in this thread, a few microseconds each: a tenth of what it costs to have another thread do it.
 */
export class PathLooks {
  readonly #clock: Clock;
  readonly #devices = new LocalDevices();
  readonly #listings = new Map<string, Listing>();
  /** Paths that led to a file on a disk of this machine at the last look. */
  #local: ReadonlySet<string> = new Set();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The paths in a folder that are wanted. What `wants` says of a path must never change.
   * @throws the system's error when the folder cannot be listed.
   */
  async paths(folder: string, wants: (path: string) => boolean): Promise<readonly string[]> {
    const { dev, ino, mtimeNs } = await stat(folder, { bigint: true });
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
    const far = await findFiles(paths.filter((path) => !this.#local.has(path)));
    const near = await this.#near(paths.filter((path) => this.#local.has(path)));
    for (const { path, stats } of far) await this.#devices.learn(stats.dev, path);
    const all = far.length === 0 ? near : inOrderOf(paths, [...near, ...far]);
    const local = all.filter(({ stats }) => this.#devices.isLocal(stats.dev));
    if (far.length > 0 || local.length < this.#local.size) {
      this.#local = new Set(local.map(({ path }) => path));
    }
    return all;
  }

  async #near(paths: readonly string[]): Promise<FoundFile[]> {
    const found: FoundFile[] = [];
    let sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
    for (const [index, path] of paths.entries()) {
      const stats = statOrUndefined(path);
      const file = stats === undefined ? null : foundFile(path, stats);
      if (file !== null) found.push(file);
      if (index % FILES_A_GLANCE !== 0 || this.#clock.monotonicMs() < sliceEndMs) continue;
      await letOthersRun();
      sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
    }
    return found;
  }
}

function statOrUndefined(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function inOrderOf(paths: readonly string[], files: readonly FoundFile[]): FoundFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return paths.map((path) => byPath.get(path)).filter((file) => file !== undefined);
}
