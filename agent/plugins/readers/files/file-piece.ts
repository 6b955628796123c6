import type { BigIntStats } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../../../../shared/kernel/errors.ts';
import { NO_HEAD, renewHead } from '../../../tail/identity.ts';
import type { ReadableAt } from '../../../tail/readable-at.ts';

const Bytes = z.int().nonnegative();

/** What is read at a time: the lines of a file that begin in [start, end). */
export const FilePiece = z.object({
  path: z.string().min(1),
  start: Bytes,
  end: Bytes,
  /** How the file was when it was planned; it is read only as long as it is like that. */
  size: Bytes,
  mtimeNs: z.string(),
  /** Null: it could not be read then. */
  head: z.object({ bytes: Bytes, crc: Bytes }).nullable(),
});
export type FilePiece = z.infer<typeof FilePiece>;

/** @throws AppError `conflict` for a file that is not any more what was planned. */
export async function requireAsPlanned(
  file: ReadableAt & { stat(): Promise<BigIntStats> },
  { path, size, mtimeNs, head }: FilePiece,
): Promise<void> {
  const stats = await file.stat();
  if (Number(stats.size) !== size) throw changed(path, `its size is ${stats.size}, was ${size}`);
  if (String(stats.mtimeNs) !== mtimeNs) throw changed(path, 'it was written to, or touched');
  if (head === null) return;
  const now = await renewHead(file, NO_HEAD);
  if (now?.crc !== head.crc) throw changed(path, 'it begins otherwise');
}

export function vanished(path: string): AppError {
  return new AppError('not_found', `${path} is gone since it was planned; put it back and retry`);
}

function changed(path: string, how: string): AppError {
  return new AppError('conflict', `${path} has changed since it was planned: ${how}`);
}
