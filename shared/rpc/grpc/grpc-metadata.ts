import { Metadata } from '@grpc/grpc-js';
import { AppError, messageOf } from '../../kernel/errors.ts';
import { PREVIOUS_ATTEMPTS } from '../previous-attempts.ts';
import type { Codec } from '../transport.ts';

type OwnMetadata = Readonly<Record<string, string>>;

/** Keys that are ours begin so; callers may not use them. */
const RESERVED_PREFIX = 'rpc-';
export const TRAILERS = {
  executed: 'rpc-executed',
  reason: 'rpc-reason',
  /** gRPC's own way of saying when to come again. */
  retryAfterMs: 'grpc-retry-pushback-ms',
} as const;

/** gRPC's libraries leave no choice of the content type, so that the codec has a key of its own. */
const CODEC = 'rpc-codec';
/** gRPC has a key of its own for what we say by ours, so that any peer knows it. */
const GRPC_PREVIOUS_ATTEMPTS = 'grpc-previous-rpc-attempts';
const NO_METADATA: OwnMetadata = Object.freeze({});
/** What HTTP and gRPC say for themselves. */
const NOT_OWN = /^(?:content-type|date|user-agent|te|(?:rpc|grpc)-.*)$/;

/** @throws AppError `invalid` when something of it cannot go over the wire. */
export function requestMetadata(own: OwnMetadata, codec: Codec, bytesMax: number): Metadata {
  const metadata = new Metadata();
  let bytes = 0;
  for (const [key, value] of Object.entries(own)) {
    if (NOT_OWN.test(key) || key.startsWith(RESERVED_PREFIX)) {
      throw new AppError('invalid', `the metadata key "${key}" is reserved`);
    }
    put(metadata, key === PREVIOUS_ATTEMPTS ? GRPC_PREVIOUS_ATTEMPTS : key, value);
    bytes += key.length + value.length;
  }
  if (bytes > bytesMax) {
    throw new AppError('invalid', `the metadata has ${bytes} bytes; ${bytesMax} are allowed`);
  }
  if (codec === 'json') metadata.set(CODEC, codec);
  return metadata;
}

export function replyMetadata(own: OwnMetadata): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(own)) put(metadata, key, value);
  return metadata;
}

/** What is the caller's or the implementation's own of it. Binary values come as base64. */
export function ownMetadata(metadata: Metadata): OwnMetadata {
  const own: Record<string, string> = {};
  let isEmpty = true;
  for (const [name, value] of Object.entries(metadata.getMap())) {
    const key = name === GRPC_PREVIOUS_ATTEMPTS ? PREVIOUS_ATTEMPTS : name;
    if (NOT_OWN.test(key)) continue;
    own[key] = typeof value === 'string' ? value : value.toString('base64');
    isEmpty = false;
  }
  return isEmpty ? NO_METADATA : own;
}

export function codecOf(metadata: Metadata): Codec {
  return metadata.get(CODEC)[0] === 'json' ? 'json' : 'protobuf';
}

export function textOf(metadata: Metadata, key: string): string | undefined {
  return metadata.get(key)[0]?.toString();
}

function put(metadata: Metadata, key: string, value: string): void {
  try {
    metadata.set(key, key.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  } catch (thrown) {
    const message = `metadata "${key}" cannot be sent: ${messageOf(thrown)}`;
    throw new AppError('invalid', message, { cause: thrown });
  }
}
