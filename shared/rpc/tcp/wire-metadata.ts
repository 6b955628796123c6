import protobuf from 'protobufjs';
import { z } from 'zod';
import { problemsText } from '../../domain/problems-text.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { Codec } from '../transport.ts';

/** What goes before the payload of a request or response. */
export interface WireMetadata {
  readonly service: string;
  readonly method: string;
  /** Empty: the call succeeded. */
  readonly error: string;
  readonly extra: Readonly<Record<string, string>>;
}

/** Keys of `Extra` that are the protocol's own begin so; callers may not use them. */
export const RESERVED_PREFIX = 'rpc-';
export const EXTRA = {
  timeoutMs: 'rpc-timeout-ms',
  code: 'rpc-code',
  executed: 'rpc-executed',
  retryable: 'rpc-retryable',
  reason: 'rpc-reason',
  retryAfterMs: 'rpc-retry-after-ms',
} as const;

export const NO_METADATA: Readonly<Record<string, string>> = Object.freeze({});

const Wire = z.object({
  ServiceName: z.string().default(''),
  MethodName: z.string().default(''),
  Error: z.string().default(''),
  Extra: z
    .record(z.string(), z.string())
    .nullish()
    .transform((extra) => extra ?? NO_METADATA),
});

const WireMessage = new protobuf.Type('Metadata')
  .add(new protobuf.Field('ServiceName', 1, 'string'))
  .add(new protobuf.Field('MethodName', 2, 'string'))
  .add(new protobuf.Field('Error', 3, 'string'))
  .add(new protobuf.MapField('Extra', 4, 'string', 'string'));
new protobuf.Root().add(WireMessage);

export function encodeMetadata(codec: Codec, metadata: WireMetadata): Uint8Array {
  const wire = {
    ServiceName: metadata.service,
    MethodName: metadata.method,
    Error: metadata.error,
    Extra: metadata.extra,
  };
  if (codec === 'json') return Buffer.from(JSON.stringify(wire));
  return WireMessage.encode(WireMessage.fromObject(wire)).finish();
}

/** @throws AppError `invalid` */
export function decodeMetadata(codec: Codec, bytes: Uint8Array): WireMetadata {
  const parsed = Wire.nullable().safeParse(read(codec, bytes));
  if (!parsed.success) {
    throw new AppError('invalid', `metadata is malformed: ${problemsText(parsed.error)}`);
  }
  return {
    service: parsed.data?.ServiceName ?? '',
    method: parsed.data?.MethodName ?? '',
    error: parsed.data?.Error ?? '',
    extra: parsed.data?.Extra ?? NO_METADATA,
  };
}

function read(codec: Codec, bytes: Uint8Array): unknown {
  if (bytes.length === 0) return null;
  try {
    if (codec === 'json') return JSON.parse(Buffer.from(bytes).toString());
    return WireMessage.toObject(WireMessage.decode(bytes));
  } catch (thrown) {
    throw new AppError('invalid', `metadata is malformed: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** What is the caller's or the implementation's own of `Extra`. */
export function ownMetadata(extra: WireMetadata['extra']): WireMetadata['extra'] {
  const own = Object.entries(extra).filter(([key]) => !key.startsWith(RESERVED_PREFIX));
  return own.length === 0 ? NO_METADATA : Object.fromEntries(own);
}
