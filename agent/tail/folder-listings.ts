import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../shared/kernel/errors.ts';
import { type FoundFile, findFiles, statOrNull } from './found-file.ts';

/** The files of one folder by key; null when the folder cannot be listed. */
type FolderFiles = ReadonlyMap<string, FoundFile> | null;

interface Listing {
  readonly files: FolderFiles;
  /** When the folder was changed last, as it was before it was listed; null: not known. */
  readonly mtimeNs: bigint | null;
  readonly isFirst: boolean;
}

/** The files of folders, listed once for many questions, and again where that may be too little. */
export class FolderListings {
  readonly #byFolder = new Map<string, Listing>();

  async filesIn(folder: string): Promise<FolderFiles> {
    return (this.#byFolder.get(folder) ?? (await this.#list(folder))).files;
  }

  /** Whether each was listed for the second time, and no file came, went or was moved since. */
  async areConfirmed(folders: Iterable<string>): Promise<boolean> {
    for (const folder of folders) {
      const listing = this.#byFolder.get(folder);
      if (listing === undefined || listing.isFirst || listing.mtimeNs === null) return false;
      if ((await changedNs(folder)) !== listing.mtimeNs) return false;
    }
    return true;
  }

  async renew(folders: Iterable<string>): Promise<void> {
    for (const folder of folders) await this.#list(folder);
  }

  async #list(folder: string): Promise<Listing> {
    const mtimeNs = await changedNs(folder);
    const isFirst = !this.#byFolder.has(folder);
    const listing = { files: await filesIn(folder), mtimeNs, isFirst };
    this.#byFolder.set(folder, listing);
    return listing;
  }
}

async function changedNs(folder: string): Promise<bigint | null> {
  const stats = await statOrNull(folder).catch(() => null);
  return stats === null ? null : stats.mtimeNs;
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
