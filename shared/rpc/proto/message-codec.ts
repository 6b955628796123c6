import type protobuf from 'protobufjs';
import protojson from 'protobufjs/ext/protojson.js';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { Codec } from '../transport.ts';
import { type JsonShape, jsonShapeOf } from './json-shape.ts';
import type { MessageCodec, RpcMessage } from './service-definition.ts';

const FORM: protobuf.IConversionOptions = { longs: BigInt, enums: String, defaults: true };

/** Of a type of a `.proto` file, which has to be resolved. JSON is as proto3 maps it. */
export class ProtoMessageCodec implements MessageCodec {
  readonly #type: protobuf.Type;
  readonly #name: string;
  readonly #shape: JsonShape | null;

  constructor(type: protobuf.Type) {
    this.#type = type;
    this.#name = type.fullName.slice(1);
    this.#shape = jsonShapeOf(type);
  }

  encode(message: RpcMessage, codec: Codec): Uint8Array {
    return this.#clearly('encoded', () => {
      if (codec === 'json') return Buffer.from(this.#toJson(message));
      return this.#type.encode(this.#type.fromObject(message)).finish();
    });
  }

  decode(bytes: Uint8Array, codec: Codec): RpcMessage {
    return this.#clearly('decoded', () => {
      if (codec === 'json') return this.#fromJson(bytes);
      return this.#type.toObject(this.#type.decode(bytes), FORM);
    });
  }

  #toJson(message: RpcMessage): string {
    const json = this.#shape?.toJson(message);
    if (json !== undefined) return JSON.stringify(json);
    return protojson.toJsonString(this.#type, this.#type.fromObject(message));
  }

  #fromJson(bytes: Uint8Array): RpcMessage {
    const json: unknown = JSON.parse(textOf(bytes));
    const message = this.#shape?.fromJson(json);
    if (message !== undefined) return message;
    // What a newer peer knows more is passed over, as with protobuf.
    const typed = protojson.fromJson(this.#type, json, { ignoreUnknownFields: true });
    return this.#type.toObject(typed, FORM);
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

function textOf(bytes: Uint8Array): string {
  if (Buffer.isBuffer(bytes)) return bytes.toString();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
