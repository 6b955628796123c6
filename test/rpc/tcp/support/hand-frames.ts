/** Frames made and read by hand, as the seed framework writes them: nothing of the product is used. */
export interface HandFrame {
  readonly type: number;
  readonly id: bigint;
  readonly magic?: number;
  readonly version?: number;
  readonly compression?: number;
  /** 1: JSON; 2: protobuf. */
  readonly serialization?: number;
  readonly metadata?: string | Uint8Array;
  readonly payload?: string | Uint8Array;
}

export function handFrame(frame: HandFrame): Buffer {
  const metadata = Buffer.from(frame.metadata ?? '');
  const payload = Buffer.from(frame.payload ?? '');
  const header = Buffer.alloc(22);
  header.writeUInt16BE(frame.magic ?? 0x3f3f, 0);
  header.writeUInt8(frame.version ?? 1, 2);
  header.writeUInt8(frame.type, 3);
  header.writeUInt8(frame.compression ?? 0, 4);
  header.writeUInt8(frame.serialization ?? 1, 5);
  header.writeBigUInt64BE(frame.id, 6);
  header.writeUInt32BE(metadata.length, 14);
  header.writeUInt32BE(payload.length, 18);
  return Buffer.concat([header, metadata, payload]);
}

export interface ReadFrame {
  readonly type: number;
  readonly serialization: number;
  readonly id: bigint;
  readonly metadata: string;
  readonly payload: string;
}

/** The whole frames at the beginning of what came. */
export function readFrames(bytes: Buffer): ReadFrame[] {
  const frames: ReadFrame[] = [];
  for (let at = 0; at + 22 <= bytes.length; ) {
    const metadataEnd = at + 22 + bytes.readUInt32BE(at + 14);
    const end = metadataEnd + bytes.readUInt32BE(at + 18);
    if (end > bytes.length) break;
    frames.push({
      type: bytes.readUInt8(at + 3),
      serialization: bytes.readUInt8(at + 5),
      id: bytes.readBigUInt64BE(at + 6),
      metadata: bytes.toString('utf8', at + 22, metadataEnd),
      payload: bytes.toString('utf8', metadataEnd, end),
    });
    at = end;
  }
  return frames;
}
