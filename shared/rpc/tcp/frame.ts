import type { Codec } from '../transport.ts';

/** magic u16, version u8, type u8, compression u8, serialization u8, id u64, metadata and payload sizes u32. */
export const HEADER_BYTES = 22;
export const MAGIC = 0x3f3f;
export const VERSION = 1;

export const FRAME_TYPES = {
  request: 1,
  response: 2,
  /** The caller no longer waits for the request of this id. */
  cancel: 3,
  /** No request of a higher id than this was or will be executed on this connection. */
  goaway: 4,
  ping: 5,
  pong: 6,
} as const;
export const FRAME_TYPE_MAX = FRAME_TYPES.pong;

export const NO_COMPRESSION = 0;

export const SERIALIZATIONS = { json: 1, protobuf: 2 } as const satisfies Record<Codec, number>;

export function codecOf(serialization: number): Codec | null {
  if (serialization === SERIALIZATIONS.json) return 'json';
  return serialization === SERIALIZATIONS.protobuf ? 'protobuf' : null;
}

export const NO_BYTES = new Uint8Array(0);

/** Ids are 64 bits wide on the wire: two halves, so that any of them can be given back. */
export interface FrameId {
  readonly idHigh: number;
  readonly idLow: number;
}

const HALF = 2 ** 32;

export function frameIdOf(id: number): FrameId {
  return { idHigh: highHalf(id), idLow: lowHalf(id) };
}

export function highHalf(id: number): number {
  return Math.floor(id / HALF);
}

export function lowHalf(id: number): number {
  return id % HALF;
}

/** Exact up to 2^53, which no counter of ours leaves. */
export function idOf({ idHigh, idLow }: FrameId): number {
  return idHigh * HALF + idLow;
}

export interface OutgoingFrame extends FrameId {
  readonly type: number;
  readonly serialization: number;
  readonly metadata: Uint8Array;
  readonly payload: Uint8Array;
}

/** A frame without content. */
export function bareFrame(type: number, id: FrameId): OutgoingFrame {
  const { idHigh, idLow } = id;
  return {
    type,
    serialization: SERIALIZATIONS.json,
    idHigh,
    idLow,
    metadata: NO_BYTES,
    payload: NO_BYTES,
  };
}

export function writeHeader(target: Uint8Array, at: number, frame: OutgoingFrame): void {
  target[at] = MAGIC >>> 8;
  target[at + 1] = MAGIC & 0xff;
  target[at + 2] = VERSION;
  target[at + 3] = frame.type;
  target[at + 4] = NO_COMPRESSION;
  target[at + 5] = frame.serialization;
  writeU32(target, at + 6, frame.idHigh);
  writeU32(target, at + 10, frame.idLow);
  writeU32(target, at + 14, frame.metadata.length);
  writeU32(target, at + 18, frame.payload.length);
}

function writeU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
