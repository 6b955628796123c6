import type { FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { messageOf, systemCode } from '../../shared/kernel/errors.ts';

const CHUNK_BYTES = 64 * 1024;

/** How an unpacked file ended: whole, in the middle of its data, or at bytes that are not gzip. */
export type UnpackingEnd = 'whole' | 'cut off' | { readonly damage: string };

/**
 * Unpacks a gzip file of one or more members from its beginning, piece by piece as it is asked;
 * the work is done in the thread pool. It reads through the handle and leaves it open.
 */
export class Unpacking {
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #close: () => void;
  #end: UnpackingEnd | null = null;

  constructor(handle: FileHandle) {
    const packed = handle.createReadStream({
      ...{ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES },
    });
    // No piece is made before the last one was taken: an error would take those along.
    const unpacked = createGunzip({ chunkSize: CHUNK_BYTES, ...{ highWaterMark: 1 } });
    packed.on('error', (error) => unpacked.destroy(error));
    packed.pipe(unpacked);
    this.#pieces = unpacked[Symbol.asyncIterator]();
    this.#close = () => {
      packed.destroy();
      unpacked.destroy();
    };
  }

  /** Null as long as there may be more. */
  get end(): UnpackingEnd | null {
    return this.#end;
  }

  /** The next bytes, or null at the end. @throws the system's error when the file is unreadable. */
  async next(): Promise<Buffer | null> {
    if (this.#end !== null) return null;
    try {
      const piece = await this.#pieces.next();
      if (piece.done !== true) return piece.value;
      this.#end = 'whole';
    } catch (thrown) {
      const code = systemCode(thrown) ?? '';
      if (!code.startsWith('Z_')) throw thrown;
      this.#end = code === 'Z_BUF_ERROR' ? 'cut off' : { damage: messageOf(thrown) };
    }
    return null;
  }

  close(): void {
    this.#close();
  }
}
