import type { ReadableAt } from '../tail/readable-at.ts';
import type { GoMeta } from './go-meta.ts';

const LINE_FEED = 0x0a;
const STEP_BYTES = 64 * 1024;

/** How much of a file was handed on. `isExact` is false where it may be more: it is read again. */
export interface Delivered {
  readonly offset: number;
  readonly isExact: boolean;
}

/** Whether the bytes that logkit read last are those of this file: then it is the very file. */
export async function isReadFrom(file: ReadableAt, { offset, buffer }: GoMeta): Promise<boolean> {
  const { bytes } = buffer;
  const before = Math.min(offset, bytes.length);
  if (before === 0) return false;
  return (await bytesAt(file, offset - before, before)).equals(bytes.subarray(-before));
}

/**
 * What was handed on of the file that `meta` is of. The parts of a meta folder are written one
 * after the other: where they disagree, the least that was handed on for sure counts.
 */
export async function deliveredOf(
  file: ReadableAt,
  meta: GoMeta,
  pending: Buffer,
): Promise<Delivered> {
  const { offset, buffer, cache } = meta;
  const isSame = buffer.bytes.length === 0 || (await isReadFrom(file, meta));
  const waiting = buffer.bytes.length - buffer.read;
  const joined = isSame ? offset - waiting - cache.length : -1;
  if (joined < 0 || !(await bytesAt(file, joined, cache.length)).equals(cache)) {
    const least = Math.max(0, offset - buffer.size - cache.length);
    return { offset: await lineStart(file, least), isExact: false };
  }
  const before = joined - pending.length;
  const isPending =
    pending.length > 0 &&
    before >= 0 &&
    (await bytesAt(file, before, pending.length)).equals(pending);
  const handed = isPending ? before : joined;
  if (!meta.isNested) return { offset: handed, isExact: true };
  // Half a line was kept in memory only: whether it was handed on, nobody knows.
  const start = await lineStart(file, handed);
  return { offset: start, isExact: start === handed };
}

async function lineStart(file: ReadableAt, offset: number): Promise<number> {
  for (let end = offset; end > 0; ) {
    const from = Math.max(0, end - STEP_BYTES);
    const found = (await bytesAt(file, from, end - from)).lastIndexOf(LINE_FEED);
    if (found !== -1) return from + found + 1;
    end = from;
  }
  return 0;
}

async function bytesAt(file: ReadableAt, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, from);
  return buffer.subarray(0, bytesRead);
}
