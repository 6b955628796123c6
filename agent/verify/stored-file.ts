import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

const CHUNK_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

/** A file that holds lines, as they are or packed by gzip. Offsets are those of what it holds. */
export interface StoredFile {
  readonly path: string;
  readonly isPacked: boolean;
  /** How many bytes of the file count, as it lies on the disk; null: all. */
  readonly storedBytes: number | null;
}

/**
 * The bytes [start, end) that a file holds; fewer where it ends before.
 * @throws the system's error when it cannot be read, zlib's when it cannot be unpacked.
 */
export function chunksOf(
  file: StoredFile,
  start: number,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  return file.isPacked ? unpackedChunks(file, start, end) : plainChunks(file, start, end);
}

async function* plainChunks({ path, storedBytes }: StoredFile, start: number, end: number) {
  const until = Math.min(end, storedBytes ?? end);
  if (until <= start) return;
  const range = { start, end: until - 1, highWaterMark: CHUNK_BYTES };
  yield* buffersOf(createReadStream(path, range));
}

async function* unpackedChunks({ path, storedBytes }: StoredFile, start: number, end: number) {
  if (end <= start || storedBytes === 0) return;
  const packed = createReadStream(path, { end: (storedBytes ?? Number.POSITIVE_INFINITY) - 1 });
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  // What goes wrong is told by the end that is read; one who has enough ends both.
  void pipeline(packed, unpacked).catch(() => undefined);
  let at = 0;
  for await (const chunk of buffersOf(unpacked)) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += chunk.length;
    if (part.length > 0) yield part;
    if (at >= end) return;
  }
}

async function* buffersOf(stream: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk;
}

/** Told each line without its line break, and where it begins. */
export type OnLine = (line: Buffer, offset: number) => void;

interface LineScan {
  /** Where the first chunk begins. */
  readonly offset: number;
  /** A longer line is cut to this many bytes. */
  readonly lineBytesMax: number;
}

/**
 * Splits chunks into lines. One call a line, no promise: there may be millions. The line is only
 * lent; it is overwritten or freed after the call.
 */
export async function scanLines(
  chunks: AsyncIterable<Buffer>,
  { offset, lineBytesMax }: LineScan,
  onLine: OnLine,
): Promise<void> {
  let at = offset;
  let lineStart = offset;
  let rest: Buffer[] = [];
  let restBytes = 0;
  const keep = (part: Buffer) => {
    const room = lineBytesMax - restBytes;
    if (room <= 0 || part.length === 0) return;
    // A copy, for the chunk would be kept whole.
    rest.push(Buffer.from(part.subarray(0, room)));
    restBytes += Math.min(room, part.length);
  };
  const finish = (part: Buffer) => {
    if (rest.length === 0) onLine(part.subarray(0, lineBytesMax), lineStart);
    else {
      keep(part);
      onLine(Buffer.concat(rest), lineStart);
    }
    rest = [];
    restBytes = 0;
  };

  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      finish(chunk.subarray(from, end));
      from = end + 1;
      lineStart = at + from;
    }
    keep(chunk.subarray(from));
    at += chunk.length;
  }
  if (lineStart < at) finish(Buffer.alloc(0));
}
