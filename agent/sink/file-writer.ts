import { fstatSync, writeSync } from 'node:fs';
import { type FileHandle, statfs } from 'node:fs/promises';
import type { Clock } from '../../shared/kernel/clock.ts';

/**
 * By their magic numbers: ext2 to ext4, XFS, Btrfs, tmpfs, ZFS, F2FS, overlay. None of them waits
 * for a server, as NFS, SMB and FUSE do, maybe for ever.
 */
const LOCAL_TYPES: readonly number[] = [
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x2fc12fc1, 0xf2f52010, 0x794c7630,
];
/** Larger pieces leave the processor's cache before they are copied. */
const PIECE_BYTES = 256 * 1024;
/** The main thread gives so much to a batch, and one piece more. */
const QUICK_MS_MAX = 10;
/** After a disk has taken longer it is left to other threads for so long. */
const PAUSE_MS = 1_000;

/**
 * Appends to an open file. A page cache takes a batch within half a millisecond, which is less than
 * another thread takes to hear of it, so on a local disk the bytes are written at once, in this
 * thread: twice as many get through. A disk that is slow, and one that is not in this machine, are
 * left to the thread pool, so that nothing else ever waits for them.
 */
export class FileWriter {
  readonly #handle: FileHandle;
  readonly #isLocal: boolean;
  readonly #clock: Clock;
  #quickAgainMs = Number.NEGATIVE_INFINITY;

  private constructor(handle: FileHandle, isLocal: boolean, clock: Clock) {
    this.#handle = handle;
    this.#isLocal = isLocal;
    this.#clock = clock;
  }

  static async of(handle: FileHandle, path: string, clock: Clock): Promise<FileWriter> {
    const { type } = await statfs(path).catch(() => ({ type: 0 }));
    return new FileWriter(handle, LOCAL_TYPES.includes(type), clock);
  }

  /** Whether calls to this file may be made in this thread. */
  get isQuick(): boolean {
    return this.#isLocal && this.#clock.monotonicMs() >= this.#quickAgainMs;
  }

  async size(): Promise<number> {
    return this.isQuick ? fstatSync(this.#handle.fd).size : (await this.#handle.stat()).size;
  }

  /** @throws the system's error; some of the bytes may be there then. */
  async write(bytes: Buffer, from: number): Promise<void> {
    let done = this.isQuick ? this.#writeNow(bytes, from) : 0;
    while (done < bytes.length) {
      const rest = bytes.length - done;
      const { bytesWritten } = await this.#handle.write(bytes, done, rest, from + done);
      done += bytesWritten;
    }
  }

  /** Returns how many bytes it had time for. */
  #writeNow(bytes: Buffer, from: number): number {
    const startMs = this.#clock.monotonicMs();
    let done = 0;
    while (done < bytes.length) {
      const length = Math.min(PIECE_BYTES, bytes.length - done);
      done += writeSync(this.#handle.fd, bytes, done, length, from + done);
      const nowMs = this.#clock.monotonicMs();
      if (nowMs - startMs <= QUICK_MS_MAX) continue;
      this.#quickAgainMs = nowMs + PAUSE_MS;
      break;
    }
    return done;
  }
}
