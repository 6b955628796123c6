import { crc32Combine } from '../../shared/kernel/crc32.ts';
import type { Content } from './content.ts';
import { crcOf } from './crc-of.ts';
import type { FilePosition } from './identity.ts';

/** It may be looked at again whenever a file is opened, so it stays short. */
const LAST_BYTES = 64 * 1024;

/** crc32 of the bytes from `from` to where the source was read to. */
export type LastRead = NonNullable<FilePosition['last']>;

/**
 * What was read last, after `bytes` more were read behind `offset`. It is as long as `LAST_BYTES`
 * allows, but always holds all that was read at once.
 */
export function grown(
  last: LastRead | null,
  offset: number,
  { bytes, crc }: { readonly bytes: number; readonly crc: number },
): LastRead {
  if (last === null || offset + bytes - last.from > LAST_BYTES) return { from: offset, crc };
  return { from: last.from, crc: crc32Combine(last.crc, crc, bytes) };
}

/**
 * Whether the file still holds what was read of it last. One that was cut to nothing and written
 * anew may begin as it did before and be longer by now. Compressed content is compared as a whole
 * while it is unpacked, and not here.
 */
export async function holdsLastRead(
  content: Content,
  { last, offset }: FilePosition,
): Promise<boolean> {
  if (content.isPacked || last === null) return true;
  return (await crcOf(content, last.from, offset)) === last.crc;
}
