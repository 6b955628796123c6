import { FilePosition } from '../tail/identity.ts';
import { findMoved } from '../tail/moved-files.ts';
import type { StoredFile } from './stored-file.ts';

const PACKED_SUFFIX = '.gz';
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
    if (typeof place !== 'object') continue;
    found.set(source, { file: stored(place.path), position });
  }
  return found;
}

function stored(path: string): StoredFile {
  return { path, isPacked: path.endsWith(PACKED_SUFFIX), storedBytes: null };
}
