import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { FilePosition } from '../tail/identity.ts';
import { findMoved } from '../tail/moved-files.ts';
import { chunksOf, type StoredFile } from './stored-file.ts';

const PACKED_SUFFIX = '.gz';
/** Packed siblings of one path that are looked into. */
const PACKED_FILES_MAX = 1_000;

/** A source that is still there, under whatever name. */
export interface FoundSource {
  readonly file: StoredFile;
  readonly position: FilePosition;
}

/** Finds the files of sources by what they are: in place, renamed, or packed since. */
export async function findSources(
  positions: ReadonlyMap<string, unknown>,
): Promise<Map<string, FoundSource>> {
  const known = [...positions].flatMap(([source, stored]) => {
    const { data } = FilePosition.safeParse(stored);
    return data === undefined ? [] : [{ source, position: data }];
  });
  const places = await findMoved(known.map(({ position }) => position));
  const found = new Map<string, FoundSource>();
  for (const [index, { source, position }] of known.entries()) {
    const place = places[index];
    const plain = typeof place === 'object' ? stored(place.path, false) : null;
    const file = plain ?? (await findPacked(position));
    if (file !== null) found.set(source, { file, position });
  }
  return found;
}

/** A packed file has another inode: only its content tells what it is. */
async function findPacked({ path, head }: FilePosition): Promise<StoredFile | null> {
  if (head.bytes === 0) return null;
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  const packed = names.filter(
    (name) => name.startsWith(basename(path)) && name.endsWith(PACKED_SUFFIX),
  );
  for (const name of packed.slice(0, PACKED_FILES_MAX)) {
    const file = stored(join(folder, name), true);
    if ((await headCrc(file, head.bytes)) === head.crc) return file;
  }
  return null;
}

function stored(path: string, isPacked: boolean): StoredFile {
  return { path, isPacked, storedBytes: null };
}

async function headCrc(file: StoredFile, length: number): Promise<number | null> {
  let crc = 0;
  let bytes = 0;
  try {
    for await (const chunk of chunksOf(file, 0, length)) {
      crc = crc32(chunk, crc);
      bytes += chunk.length;
    }
  } catch {
    return null;
  }
  return bytes === length ? crc : null;
}
