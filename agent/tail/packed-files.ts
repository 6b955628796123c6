import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { FoundFile } from './found-file.ts';
import { type FilePosition, HEAD_BYTES } from './identity.ts';
import { isPacked } from './open-content.ts';
import { PackedContent } from './packed-content.ts';

/** A gzip file ends with the crc32 and the length (modulo 2^32) of what its last member holds. */
const TRAILER_BYTES = 8;
const LENGTH_MODULUS = 2 ** 32;
/** A compressed file that was not written to for so long is whole, or will never be. */
const AT_REST_MS = 60_000;

/** Programs that compress may keep the time of the last write in whole seconds. */
const TIME_GRAIN_NS = 1_000_000_000n;

/** What can be told of a compressed file without unpacking it all. */
export interface PackedLook {
  /** The first bytes of its content; none while they are not written yet. */
  readonly head: Buffer;
  readonly trailer: { readonly crc: number; readonly bytes: number };
}

/** @throws the system's error when the file cannot be read. */
export async function lookAtPacked({
  path,
  stats,
}: Pick<FoundFile, 'path' | 'stats'>): Promise<PackedLook> {
  const handle = await open(path, 'r');
  const content = await PackedContent.open(handle);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await content.read(head, 0, HEAD_BYTES, 0);
    const end = Buffer.alloc(TRAILER_BYTES);
    await handle.read(end, 0, TRAILER_BYTES, Math.max(0, Number(stats.size) - TRAILER_BYTES));
    const trailer = { crc: end.readUInt32LE(0), bytes: end.readUInt32LE(4) };
    return { head: head.subarray(0, bytesRead), trailer };
  } finally {
    await content.close();
  }
}

/** Whether it holds all that was read of a source, from the first byte to the last, and no more. */
export function isReadWhole({ trailer }: PackedLook, { read, offset }: FilePosition): boolean {
  if (read === null || read.from !== 0 || offset === 0) return false;
  return read.crc === trailer.crc && offset % LENGTH_MODULUS === trailer.bytes;
}

/**
 * Whether it may still be the file that the position was made on: one that is written anew in place
 * keeps its name and inode, and maybe its size. All of it is known once it was read to its end.
 */
export function isStillPacked(look: PackedLook, position: FilePosition): boolean {
  const { head, packed, read } = position;
  if (head.bytes > 0 && !beginsAlike(look, position)) return false;
  return packed === 0 || read?.from !== 0 || position.offset === 0 || isReadWhole(look, position);
}

export function beginsAlike({ head }: PackedLook, { head: known }: FilePosition): boolean {
  if (known.bytes === 0 || head.length < known.bytes) return false;
  return crc32(head.subarray(0, known.bytes)) === known.crc;
}

/** A file that is followed, as plain text, and is there. */
export interface PlainFile {
  readonly position: FilePosition;
  readonly bytes: number;
}

/**
 * Whether the file is, or is becoming, the compressed copy of one that is there as plain text. A
 * long common beginning alone does not make it one, but it is waited for its end then.
 */
export function isTwin(
  look: PackedLook,
  { position, bytes }: PlainFile,
  { stats }: FoundFile,
  nowMs: number,
): boolean {
  if (isReadWhole(look, position)) return true;
  if (!beginsAlike(look, position)) return false;
  if (nowMs - Number(stats.mtimeMs) < AT_REST_MS) return true;
  return look.trailer.bytes === bytes % LENGTH_MODULUS && position.offset < bytes;
}

/**
 * The file among `files` that a followed file was compressed to: the one that holds all that was
 * read, or else the youngest that begins as it did; when that is opened, the rest is compared.
 */
export async function findPacked(
  position: FilePosition,
  files: readonly FoundFile[],
): Promise<FoundFile | null> {
  let alike: FoundFile | null = null;
  const born = BigInt(position.born);
  // One that was written before this file was made is of another; made before says nothing, for it
  // may have been written anew in place.
  const earliest = born - TIME_GRAIN_NS;
  const candidates = files.filter(({ path, stats }) => isPacked(path) && stats.mtimeNs >= earliest);
  for (const file of candidates.toSorted(byLastWrite)) {
    const look = await lookAtPacked(file).catch(() => null);
    if (look === null) continue;
    if (isReadWhole(look, position)) return file;
    if (beginsAlike(look, position)) alike = file;
  }
  return alike;
}

/** gzip gives a compressed file the time of the original's last write. */
export function byLastWrite(a: FoundFile, b: FoundFile): number {
  return Number(a.stats.mtimeNs - b.stats.mtimeNs);
}
