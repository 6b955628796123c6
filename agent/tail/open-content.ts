import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemCode } from '../../shared/kernel/errors.ts';
import { type Content, PlainContent } from './content.ts';
import { PackedContent } from './packed-content.ts';

/** Whether a file of this name is unpacked as it is read; archives of several files are not. */
export function isPacked(path: string): boolean {
  return path.endsWith('.gz') && !isArchive(path);
}

export function isArchive(path: string): boolean {
  return path.endsWith('.tar.gz');
}

/** Null when the path leads to nothing. @throws the system's error otherwise. */
export async function openContent(path: string): Promise<Content | null> {
  const handle = await openIfThere(path);
  if (handle === null) return null;
  return isPacked(path) ? PackedContent.open(handle) : new PlainContent(handle);
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}
