import type { BigIntStats } from 'node:fs';
import type { Content } from './content.ts';
import type { FollowedFile } from './followed-file.ts';
import { statOrNull } from './found-file.ts';
import { fileKey, renewHead } from './identity.ts';

/**
 * Looks how much there is to read of an open file, whether it was written anew, and whether its
 * path still leads to it; `wanted` bytes behind the position are enough to know.
 *
 * @throws the system's error when the file cannot be looked at.
 */
export async function lookAt(file: FollowedFile, content: Content, wanted: number): Promise<void> {
  const stats = await statsOf(file, content);
  const isTouched = file.view.notes(stats);
  file.standing.lookedAt({ isTouched, isDeleted: stats.nlink === 0n });
  const extent = await content.extent(stats, file.position, wanted);
  if (extent === null) file.startAnew();
  file.view.measured(extent);
  if (isTouched) await checkTouched(file, content);
}

/** Looks by the path, which tells at the same time whether it still names the file. */
async function statsOf({ path, key, standing }: FollowedFile, content: Content) {
  // A path that cannot be looked at says nothing about where the file is.
  const atPath: BigIntStats | null | undefined = await statOrNull(path).catch(() => undefined);
  if (atPath === undefined) return content.stat();
  if (atPath !== null && fileKey(atPath) === key) return atPath;
  if (standing.state === 'there') standing.displaced();
  return content.stat();
}

/** A file may be cut to nothing and grow to any size again between two looks. */
async function checkTouched(file: FollowedFile, content: Content): Promise<void> {
  const { view, position } = file;
  view.mayHaveLines();
  if (file.hasUnread) return;
  const isSame =
    view.size === position.offset && (await renewHead(content, position.head)) !== null;
  if (!isSame) file.startAnew();
}
