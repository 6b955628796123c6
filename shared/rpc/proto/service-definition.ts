import type { Codec } from '../transport.ts';

/**
 * A message as its method sees it: names of fields in lower camel case, all fields there. 64-bit
 * integers are `bigint`, enums are their names, bytes are `Uint8Array`; a message that was not sent is
 * null, and what is `optional` or of a `oneof` is left out. Given to be sent, integers may be
 * numbers or texts too, and fields may be left out.
 */
export type RpcMessage = Readonly<Record<string, unknown>>;

/** A message's two forms on the wire. What they throw is an AppError `invalid`. */
export interface MessageCodec {
  encode(message: RpcMessage, codec: Codec): Uint8Array;
  decode(bytes: Uint8Array, codec: Codec): RpcMessage;
}

export interface MethodDefinition {
  readonly name: string;
  readonly request: MessageCodec;
  readonly response: MessageCodec;
  /** It may be executed more than once for one call. */
  readonly idempotent: boolean;
}

export interface ServiceDefinition {
  /** As in the `.proto` file: `package.Service`. */
  readonly fullName: string;
  readonly methods: ReadonlyMap<string, MethodDefinition>;
}
