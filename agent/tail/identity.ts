import type { BigIntStats } from 'node:fs';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { ReadableAt } from './readable-at.ts';

/** How much of the beginning of a file tells it from another one with the same inode. */
export const HEAD_BYTES = 1024;

/** The first bytes of a file, as many as were there when they were looked at. */
const Head = z.object({
  bytes: z.int().nonnegative().max(HEAD_BYTES),
  crc: z.int().nonnegative(),
});
export type Head = z.infer<typeof Head>;

export const NO_HEAD: Head = { bytes: 0, crc: 0 };

/** Where reading a file goes on. `offset` is the byte after the last line that was handed out. */
export const FilePosition = z.object({
  path: z.string(),
  /** Device and inode number, as text: they may be larger than a double can hold. */
  dev: z.string(),
  ino: z.string(),
  /** How often the file was seen to start anew. */
  generation: z.int().nonnegative(),
  offset: z.int().nonnegative(),
  head: Head,
  /** `offset` is inside a line that was too long: its rest is not a line of its own. */
  inLine: z.boolean().default(false),
  /** When the file was made, in ns as text; "0" where that is not known. */
  born: z.string().default('0'),
  /** crc32 of the bytes [from, offset); null where it is not known. */
  read: z
    .object({ from: z.int().nonnegative(), crc: z.int().nonnegative() })
    .nullable()
    .default(null),
  /** The same of what was read last: bytes enough to tell, and few enough to look at again. */
  last: z
    .object({ from: z.int().nonnegative(), crc: z.int().nonnegative() })
    .nullable()
    .default(null),
  /** The size of a compressed file that was read to its end; 0 for any other. */
  packed: z.int().nonnegative().default(0),
  /** It was another program's, which has left more of them than are kept by now. */
  isPartOfImport: z.literal(true).optional(),
  /** Since when its disk was not there, at each start (epoch ms). */
  missingSinceMs: z.number().optional(),
});
export type FilePosition = z.infer<typeof FilePosition>;

/** Names the file that an open handle or a path leads to, as long as it exists. */
export function fileKey({ dev, ino }: { dev: bigint | string; ino: bigint | string }): string {
  return `${dev}-${ino}`;
}

/**
 * A short id for a file that is met for the first time. An inode number is used again soon after
 * its file is gone, so the time of birth, the path and the first bytes are in it as well.
 */
export function newSourceId(
  stats: Pick<BigIntStats, 'dev' | 'ino' | 'birthtimeNs'>,
  path: string,
  head: Head,
): string {
  const birth = crc32(`${path}\n${stats.birthtimeNs}\n${head.crc}`);
  return `${fileKey(stats)}-${birth.toString(16).padStart(8, '0')}`;
}

/**
 * Looks at the first bytes again. Null when those that `head` knows have changed or are gone: it
 * is another file, or it was written anew. Otherwise the head as it is now, which grows with the
 * file until it is complete.
 */
export async function renewHead(content: ReadableAt, head: Head): Promise<Head | null> {
  const buffer = Buffer.allocUnsafe(HEAD_BYTES);
  const { bytesRead } = await content.read(buffer, 0, HEAD_BYTES, 0);
  if (bytesRead < head.bytes) return null;
  if (crc32(buffer.subarray(0, head.bytes)) !== head.crc) return null;
  return bytesRead === head.bytes
    ? head
    : { bytes: bytesRead, crc: crc32(buffer.subarray(0, bytesRead)) };
}
