import type { SourceBatch } from '../plugins/plugin.ts';
import { statOrNull } from './found-file.ts';
import { FilePosition } from './identity.ts';
import { isDiskThere } from './moved-files.ts';
import { announcement, type Prepared } from './prepared-reader.ts';

interface Expiry {
  readonly nowMs: number;
  /** Positions of files on disks that are missing for longer are forgotten. */
  readonly expireMs: number;
}

/**
 * Finds out which positions are of disks that are not there, notes since when, and forgets those
 * that are missing for too long. As long as the disk is there, a position goes with its file.
 */
export async function withoutMissingDisks(
  stored: ReadonlyMap<string, unknown>,
  { nowMs, expireMs }: Expiry,
): Promise<Prepared> {
  const positions = new Map(stored);
  const announced: SourceBatch[] = [];
  const gone: string[] = [];
  for (const [source, value] of stored) {
    const { success, data } = FilePosition.safeParse(value);
    if (!success) continue;
    const missingSinceMs = (await isMissing(data)) ? (data.missingSinceMs ?? nowMs) : undefined;
    if (missingSinceMs !== undefined && nowMs - missingSinceMs > expireMs) {
      gone.push(source);
      positions.delete(source);
    } else if (missingSinceMs !== data.missingSinceMs) {
      const position = { ...data, missingSinceMs };
      positions.set(source, position);
      announced.push(announcement(source, position));
    }
  }
  return { announced, positions, gone };
}

/** A disk may have another number after a restart of the machine: its file is there all the same. */
async function isMissing(position: FilePosition): Promise<boolean> {
  // A path that cannot be looked at says nothing about its file.
  const stats = await statOrNull(position.path).catch(() => undefined);
  if (stats === undefined || String(stats?.ino) === position.ino) return false;
  return !(await isDiskThere(position));
}
