import type { Codec } from '../transport.ts';
import { NO_TIMEOUT_MS } from './request-heads.ts';
import { decodeMetadata, EXTRA, ownMetadata } from './wire-metadata.ts';

export interface IncomingHead {
  readonly service: string;
  readonly method: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Infinity: the caller did not say. */
  readonly timeoutMs: number;
}

/** Clients send the same few metadata over and over. */
const HEADS_MAX = 1024;
const CACHED_BYTES_MAX = 512;

/** The metadata of requests, decoded once for as long as they stay the same to the byte. */
export class HeadCache {
  readonly #heads = {
    json: new Map<string, IncomingHead>(),
    protobuf: new Map<string, IncomingHead>(),
  };

  /** @throws AppError `invalid` */
  read(codec: Codec, bytes: Buffer, at: number, length: number): IncomingHead {
    if (length > CACHED_BYTES_MAX) return decodeHead(codec, bytes.subarray(at, at + length));
    const key = bytes.toString('latin1', at, at + length);
    const heads = this.#heads[codec];
    const known = heads.get(key);
    if (known !== undefined) return known;
    const head = decodeHead(codec, bytes.subarray(at, at + length));
    if (heads.size >= HEADS_MAX) heads.clear();
    heads.set(key, head);
    return head;
  }
}

function decodeHead(codec: Codec, bytes: Uint8Array): IncomingHead {
  const { service, method, extra } = decodeMetadata(codec, bytes);
  const timeoutMs = Number(extra[EXTRA.timeoutMs] ?? Infinity);
  const isLimited = timeoutMs >= 0 && timeoutMs < NO_TIMEOUT_MS;
  return {
    ...{ service, method, metadata: ownMetadata(extra) },
    timeoutMs: isLimited ? timeoutMs : Infinity,
  };
}
