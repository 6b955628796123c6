import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../shared/kernel/errors.ts';
import { plainLines } from '../framing/plain-lines.ts';
import { lastLineStart } from '../tail/line-read.ts';
import { lineStartFrom } from '../tail/line-start.ts';

/** Where a position is to be moved. */
export type Aim =
  | { readonly to: 'oldest' | 'newest' }
  | { readonly to: 'offset'; readonly offset: number }
  | { readonly to: 'time'; readonly timeMs: number };

/** Port: where the first line of that time or later starts; `size` when all are older. */
export type LineAtTime = (handle: FileHandle, size: number, timeMs: number) => Promise<number>;

interface AimedFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly path: string;
}

interface AimedOffset {
  readonly offset: number;
  readonly inLine: boolean;
}

/** @throws AppError `invalid` for an offset outside the file, or where no line starts. */
export async function aimedOffset(
  { handle, size, path }: AimedFile,
  aim: Aim,
  lineAtTime: LineAtTime,
): Promise<AimedOffset> {
  switch (aim.to) {
    case 'oldest':
      return { offset: 0, inLine: false };
    case 'newest':
      return lastLineStart(handle, size, plainLines);
    case 'offset': {
      const offset = await offsetIn({ handle, size, path }, aim.offset);
      return { offset, inLine: false };
    }
    case 'time':
      return { offset: await lineAtTime(handle, size, aim.timeMs), inLine: false };
  }
}

async function offsetIn({ handle, size, path }: AimedFile, offset: number): Promise<number> {
  if (offset > size) {
    throw new AppError('invalid', `offset ${offset} is behind the end of ${path} (${size} bytes)`);
  }
  const start = await lineStartFrom(handle, offset);
  if (start !== null) return start;
  const last = await lastLineStart(handle, size, plainLines);
  throw new AppError(
    'invalid',
    `no line of ${path} starts at ${offset} or behind it; the last one starts at ${last.offset}`,
  );
}
