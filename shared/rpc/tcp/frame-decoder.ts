import { AppError } from '../../kernel/errors.ts';
import { FRAME_TYPE_MAX, type FrameId, HEADER_BYTES, MAGIC, VERSION } from './frame.ts';

export interface FrameLimits {
  readonly metadataBytesMax: number;
  readonly payloadBytesMax: number;
}

/** A frame as it came. It is valid, like `bytes`, until the sink returns; views of `bytes` stay so. */
export interface Frame extends FrameId {
  readonly type: number;
  readonly compression: number;
  readonly serialization: number;
  readonly metadataBytes: number;
  readonly payloadBytes: number;
  readonly bytes: Buffer;
  /** Where the metadata begins in `bytes`; the payload follows it. */
  readonly at: number;
}

export interface FrameSink {
  frame(frame: Frame): void;
  /** Its content was not kept and is passed over. */
  tooLarge(frame: Frame): void;
}

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };

const NOTHING = Buffer.alloc(0);
const FIRST_BYTES = 4096;

/**
 * Cuts a stream into frames. What is whole in a chunk is not copied; what is not whole yet is held in
 * a buffer that grows with what came, never with what a header promises.
 */
export class FrameDecoder {
  readonly #limits: FrameLimits;
  readonly #sink: FrameSink;
  readonly #frame: Mutable<Frame> = {
    ...{ type: 0, compression: 0, serialization: 0, idHigh: 0, idLow: 0 },
    ...{ metadataBytes: 0, payloadBytes: 0, bytes: NOTHING, at: 0 },
  };
  /** The beginning of a frame: `#heldBytes` of the `#neededBytes` until it can be read further. */
  #held = NOTHING;
  #heldBytes = 0;
  #neededBytes = 0;
  #passOverBytes = 0;

  constructor(limits: FrameLimits, sink: FrameSink) {
    this.#limits = limits;
    this.#sink = sink;
  }

  /** What it keeps allocated for a frame that is not whole yet. */
  get heldCapacityBytes(): number {
    return this.#held.length;
  }

  /** @throws AppError `invalid` when it is no stream of frames; nothing of it can be read any more. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at += this.#take(chunk, at);
  }

  #take(chunk: Buffer, at: number): number {
    if (this.#passOverBytes > 0) return this.#passOver(chunk.length - at);
    if (this.#heldBytes > 0) return this.#fill(chunk, at);
    const bytes = chunk.length - at;
    if (bytes < HEADER_BYTES) return this.#hold(chunk, at, HEADER_BYTES);
    const totalBytes = this.#readHeader(chunk, at);
    if (this.#isTooLarge()) return this.#refuse();
    if (bytes < totalBytes) return this.#hold(chunk, at, totalBytes);
    this.#emit(chunk, at);
    return totalBytes;
  }

  #passOver(availableBytes: number): number {
    const bytes = Math.min(this.#passOverBytes, availableBytes);
    this.#passOverBytes -= bytes;
    return bytes;
  }

  #hold(chunk: Buffer, at: number, neededBytes: number): number {
    this.#neededBytes = neededBytes;
    return this.#fill(chunk, at);
  }

  #fill(chunk: Buffer, at: number): number {
    const bytes = Math.min(this.#neededBytes - this.#heldBytes, chunk.length - at);
    this.#makeRoom(this.#heldBytes + bytes);
    chunk.copy(this.#held, this.#heldBytes, at, at + bytes);
    this.#heldBytes += bytes;
    if (this.#heldBytes === this.#neededBytes) this.#readHeld();
    return bytes;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#held.length) return;
    const grown = Buffer.allocUnsafeSlow(
      Math.min(this.#neededBytes, Math.max(FIRST_BYTES, 2 * bytes)),
    );
    this.#held.copy(grown, 0, 0, this.#heldBytes);
    this.#held = grown;
  }

  #readHeld(): void {
    const totalBytes = this.#readHeader(this.#held, 0);
    if (this.#isTooLarge()) {
      this.#release();
      this.#refuse();
      return;
    }
    if (this.#heldBytes < totalBytes) {
      this.#neededBytes = totalBytes;
      return;
    }
    const held = this.#held;
    this.#release();
    this.#emit(held, 0);
  }

  #release(): void {
    this.#held = NOTHING;
    this.#heldBytes = 0;
  }

  #emit(bytes: Buffer, at: number): void {
    this.#frame.bytes = bytes;
    this.#frame.at = at + HEADER_BYTES;
    this.#sink.frame(this.#frame);
    // A connection that is idle keeps no chunk.
    this.#frame.bytes = NOTHING;
  }

  #isTooLarge(): boolean {
    const { metadataBytes, payloadBytes } = this.#frame;
    return (
      metadataBytes > this.#limits.metadataBytesMax || payloadBytes > this.#limits.payloadBytesMax
    );
  }

  #refuse(): number {
    this.#passOverBytes = this.#frame.metadataBytes + this.#frame.payloadBytes;
    this.#sink.tooLarge(this.#frame);
    return HEADER_BYTES;
  }

  /** Gives the size of the whole frame. */
  #readHeader(bytes: Buffer, at: number): number {
    const frame = this.#frame;
    if (bytes.readUInt16BE(at) !== MAGIC) throw malformed('magic', bytes.readUInt16BE(at));
    const version = bytes.readUInt8(at + 2);
    if (version !== VERSION) throw malformed('version', version);
    const type = bytes.readUInt8(at + 3);
    if (type < 1 || type > FRAME_TYPE_MAX) throw malformed('type', type);
    frame.type = type;
    frame.compression = bytes.readUInt8(at + 4);
    frame.serialization = bytes.readUInt8(at + 5);
    frame.idHigh = bytes.readUInt32BE(at + 6);
    frame.idLow = bytes.readUInt32BE(at + 10);
    frame.metadataBytes = bytes.readUInt32BE(at + 14);
    frame.payloadBytes = bytes.readUInt32BE(at + 18);
    return HEADER_BYTES + frame.metadataBytes + frame.payloadBytes;
  }
}

function malformed(part: string, found: number): AppError {
  return new AppError('invalid', `not a frame: its ${part} is 0x${found.toString(16)}`);
}
