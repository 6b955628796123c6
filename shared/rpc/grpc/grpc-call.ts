import type { Channel, Metadata, StatusObject } from '@grpc/grpc-js';
import { status as codes } from '@grpc/grpc-js';
import type { RpcError } from '../rpc-error.ts';
import type { RpcReply, RpcRequest } from '../transport.ts';
import type { ConnectionWatch } from './connection-watch.ts';
import { failureOf } from './grpc-failure.ts';
import { ownMetadata } from './grpc-metadata.ts';

interface Settle {
  readonly resolve: (reply: RpcReply) => void;
  readonly reject: (error: RpcError) => void;
}

export interface GrpcLink {
  readonly address: string;
  readonly channel: Channel;
  readonly connections: ConnectionWatch;
  /** Told of each call's end; null: it succeeded. */
  readonly onEnd: (call: GrpcCall, error: RpcError | null) => void;
}

/** One call, right on a channel of grpc-js: its `Client` would only add to the cost of it. */
export class GrpcCall {
  readonly #link: GrpcLink;
  readonly #settle: Settle;
  readonly #signal: AbortSignal | null;
  readonly #call: ReturnType<Channel['createCall']>;
  readonly #connectionsBefore: number;
  #headers: Metadata | null = null;
  #payload: Buffer | null = null;
  #isGivenUp = false;

  /** Begins it. `deadlineMs`: of the wall clock. */
  constructor(link: GrpcLink, request: RpcRequest, deadlineMs: number, settle: Settle) {
    this.#link = link;
    this.#settle = settle;
    this.#signal = request.signal;
    const { made, isUp } = link.connections;
    this.#connectionsBefore = isUp ? made - 1 : made;
    const path = `/${request.service}/${request.method}`;
    this.#call = link.channel.createCall(path, deadlineMs, null, null, null);
  }

  start(metadata: Metadata, payload: Uint8Array): void {
    this.#signal?.addEventListener('abort', this.#abort);
    this.#call.start(metadata, this);
    this.#call.startRead();
    this.#call.sendMessageWithContext({}, asBuffer(payload));
    this.#call.halfClose();
  }

  cancel(why: string): void {
    this.#isGivenUp = true;
    this.#call.cancelWithStatus(codes.CANCELLED, why);
  }

  onReceiveMetadata(headers: Metadata): void {
    this.#headers = headers;
  }

  onReceiveMessage(message: Buffer): void {
    this.#payload = message;
  }

  onReceiveStatus(status: StatusObject): void {
    this.#signal?.removeEventListener('abort', this.#abort);
    if (status.code === codes.OK && this.#payload !== null) {
      this.#link.onEnd(this, null);
      this.#settle.resolve(new GrpcReply(this.#payload, this.#headers));
      return;
    }
    const error = failureOf(this.#link.address, {
      status: status.code === codes.OK ? { ...status, ...NO_MESSAGE } : status,
      isAnswered: this.#headers !== null,
      isSent: this.#isSent,
      isGivenUp: this.#isGivenUp,
    });
    this.#link.onEnd(this, error);
    this.#settle.reject(error);
  }

  readonly #abort = (): void => this.cancel('the call was given up by its caller');

  /**
   * It was not where there has been no connection in its time, or where its peer is the one that was
   * looked for and not yet one that was found.
   */
  get #isSent(): boolean {
    const { connections, channel } = this.#link;
    return (
      connections.made > this.#connectionsBefore && this.#call.getPeer() !== channel.getTarget()
    );
  }
}

const NO_MESSAGE = { code: codes.INTERNAL, details: 'the answer has no message' };

/** Its metadata is looked through when somebody asks for it. */
class GrpcReply implements RpcReply {
  readonly payload: Uint8Array;
  readonly #headers: Metadata | null;

  constructor(payload: Uint8Array, headers: Metadata | null) {
    this.payload = payload;
    this.#headers = headers;
  }

  get metadata(): RpcReply['metadata'] {
    return this.#headers === null ? {} : ownMetadata(this.#headers);
  }
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
