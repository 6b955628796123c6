import type { Socket } from 'node:net';
import { HEADER_BYTES, type OutgoingFrame, writeHeader } from './frame.ts';

const BLOCK_BYTES = 64 * 1024;
/** Payloads up to here are copied, which costs less than a write of their own. */
const COPIED_BYTES_MAX = 16 * 1024;
/** So much does not wait for the end of the turn: whether the peer takes it is to be known. */
const WAITING_BYTES_MAX = 1024 * 1024;

/** Frames on their way into a socket: what one turn of the event loop puts in goes out in one write. */
export class Outbox {
  readonly #socket: Socket;
  readonly #onFlush: () => void;
  readonly #flushLater = () => {
    this.#isScheduled = false;
    this.flush();
  };
  #block = Buffer.alloc(0);
  /** The part of the block that waits. */
  #from = 0;
  #to = 0;
  #pieces: Uint8Array[] = [];
  #waitingBytes = 0;
  #isScheduled = false;
  #isBlocked = false;

  /** `onFlush`: all that was put in is the socket's now. */
  constructor(socket: Socket, onFlush: () => void = () => undefined) {
    this.#socket = socket;
    this.#onFlush = onFlush;
    socket.on('drain', () => {
      this.#isBlocked = false;
      this.flush();
    });
  }

  /** The peer reads more slowly than frames are put in. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  get queuedBytes(): number {
    return this.#waitingBytes + this.#socket.writableLength;
  }

  put(frame: OutgoingFrame): void {
    const { metadata, payload } = frame;
    const isCopied = payload.length <= COPIED_BYTES_MAX;
    const headBytes = HEADER_BYTES + metadata.length;
    this.#makeRoom(isCopied ? headBytes + payload.length : headBytes);
    writeHeader(this.#block, this.#to, frame);
    if (metadata.length > 0) this.#block.set(metadata, this.#to + HEADER_BYTES);
    if (isCopied && payload.length > 0) this.#block.set(payload, this.#to + headBytes);
    this.#to += isCopied ? headBytes + payload.length : headBytes;
    this.#waitingBytes += headBytes + payload.length;
    if (!isCopied) {
      this.#endPiece();
      this.#pieces.push(payload);
    }
    if (this.#waitingBytes >= WAITING_BYTES_MAX) this.flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // A microtask would be too soon for what comes in microtasks behind it.
    process.nextTick(this.#flushLater);
  }

  flush(): void {
    if (this.#isBlocked || this.#waitingBytes === 0 || !this.#socket.writable) return;
    this.#endPiece();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#waitingBytes = 0;
    this.#isBlocked = !this.#write(pieces);
    this.#onFlush();
  }

  #write(pieces: readonly Uint8Array[]): boolean {
    const only = pieces[0];
    if (pieces.length === 1 && only !== undefined) return this.#socket.write(only);
    this.#socket.cork();
    let hasRoom = true;
    for (const piece of pieces) hasRoom = this.#socket.write(piece);
    this.#socket.uncork();
    return hasRoom;
  }

  #endPiece(): void {
    if (this.#to === this.#from) return;
    this.#pieces.push(this.#block.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #makeRoom(bytes: number): void {
    if (this.#to + bytes <= this.#block.length) return;
    this.#endPiece();
    // What the old block holds is still being written from it.
    this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
    this.#from = 0;
    this.#to = 0;
  }
}
