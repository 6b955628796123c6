import { statfs } from 'node:fs/promises';

/** What statfs(2) calls the file systems of Linux that answer from this machine, as a rule at once. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
]);

/**
 * Tells which devices are disks of this machine. A disk of the network may keep whoever asks it
 * waiting, and is asked by another thread; so is one that is not known.
 */
export class LocalDevices {
  readonly #known = new Map<bigint, boolean>();

  isLocal(dev: bigint): boolean {
    return this.#known.get(dev) === true;
  }

  /** Finds out about the device that `path` is on, once. */
  async learn(dev: bigint, path: string): Promise<void> {
    if (this.#known.has(dev)) return;
    const type = await statfs(path).then(
      (stats) => stats.type,
      () => null,
    );
    if (type !== null) this.#known.set(dev, LOCAL_TYPES.has(type));
  }
}
