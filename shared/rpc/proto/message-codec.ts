import type protobuf from 'protobufjs';
import protojson from 'protobufjs/ext/protojson.js';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { Codec } from '../transport.ts';
import type { MessageCodec, RpcMessage } from './service-definition.ts';

const FORM: protobuf.IConversionOptions = { longs: BigInt, enums: String, defaults: true };

/** Of a type of a `.proto` file, which has to be resolved. JSON is as proto3 maps it. */
export class ProtoMessageCodec implements MessageCodec {
  readonly #type: protobuf.Type;
  readonly #name: string;

  constructor(type: protobuf.Type) {
    this.#type = type;
    this.#name = type.fullName.slice(1);
  }

  encode(message: RpcMessage, codec: Codec): Uint8Array {
    return this.#clearly('encoded', () => {
      const typed = this.#type.fromObject(message);
      if (codec === 'protobuf') return this.#type.encode(typed).finish();
      return Buffer.from(protojson.toJsonString(this.#type, typed));
    });
  }

  decode(bytes: Uint8Array, codec: Codec): RpcMessage {
    return this.#clearly('decoded', () => {
      const typed = codec === 'protobuf' ? this.#type.decode(bytes) : this.#fromJson(bytes);
      return this.#type.toObject(typed, FORM);
    });
  }

  #fromJson(bytes: Uint8Array): protobuf.Message {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    // What a newer peer knows more is passed over, as with protobuf.
    return protojson.fromJsonString(this.#type, text, { ignoreUnknownFields: true });
  }

  #clearly<Result>(what: string, work: () => Result): Result {
    try {
      return work();
    } catch (thrown) {
      const message = `a message ${this.#name} cannot be ${what}: ${messageOf(thrown)}`;
      throw new AppError('invalid', message, { cause: thrown });
    }
  }
}
