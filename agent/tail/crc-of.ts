import { crc32 } from 'node:zlib';
import type { ReadableAt } from './readable-at.ts';

/** So many bytes are summed up before others have their turn. */
const PIECE_BYTES = 256 * 1024;

/** crc32 of the bytes [start, end) of a file, as many as there are of them. */
export async function crcOf(file: ReadableAt, start: number, end: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(1, end - start)));
  let crc = 0;
  for (let at = start; at < end; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) break;
    crc = crc32(buffer.subarray(0, bytesRead), crc);
    at += bytesRead;
  }
  return crc;
}
