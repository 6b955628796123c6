import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../../shared/kernel/errors.ts';
import { type FoundFile, findFiles } from './found-file.ts';
import { type Head, renewHead } from './identity.ts';

/** What rotation appends to a name: ".1", "-20261121", ".2026-11-21.3"; not ".err" or ".1.gz". */
const ROTATION_SUFFIX = /^[-._]\d[-._:T\d]*$/;

/** The file that was the last to be followed at a path. */
export interface LastAtPath {
  readonly path: string;
  readonly head: Head;
  /** When it was made; 0 when that is not known. */
  readonly bornNs: bigint;
}

/**
 * Files that came and went at a path unseen, the oldest first: rotated more than once while the
 * reader was stopped, or waited for its senders. They are called as rotation calls files, were not
 * born before the last file that was followed there, and are no copies of it.
 */
export async function missedRotations({ path, head, bornNs }: LastAtPath): Promise<FoundFile[]> {
  if (bornNs <= 0n) return [];
  const folder = dirname(path);
  const name = basename(path);
  const siblings = (await readdir(folder)).filter(
    (other) => other.startsWith(name) && ROTATION_SUFFIX.test(other.slice(name.length)),
  );
  const younger = (await findFiles(siblings.map((other) => join(folder, other))))
    .filter(({ stats }) => stats.birthtimeNs >= bornNs)
    .sort((a, b) => Number(a.stats.birthtimeNs - b.stats.birthtimeNs));

  const missed: FoundFile[] = [];
  for (const file of younger) {
    // One that cannot be read is no reason to leave out the others; it will say so itself.
    const isNone = await isCopy(file, head).catch(
      (thrown: unknown) => systemCode(thrown) === 'ENOENT',
    );
    if (!isNone) missed.push(file);
  }
  return missed;
}

async function isCopy({ path }: FoundFile, head: Head): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    return head.bytes > 0 && (await renewHead(handle, head)) !== null;
  } finally {
    await handle.close();
  }
}
