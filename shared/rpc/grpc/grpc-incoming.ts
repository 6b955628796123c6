import type { ServerUnaryCall } from '@grpc/grpc-js';
import { CallSignal } from '../call-signal.ts';
import type { Codec, IncomingRequest } from '../transport.ts';
import { codecOf, ownMetadata } from './grpc-metadata.ts';

type Served = ServerUnaryCall<Buffer, Buffer>;

export interface MethodName {
  readonly service: string;
  readonly method: string;
}

/** A call as grpc-js brings it; what of it nobody asks for is not made. */
export class GrpcIncoming implements IncomingRequest {
  readonly service: string;
  readonly method: string;
  readonly codec: Codec;
  readonly timeoutMs: number;
  readonly #call: Served;
  readonly #ending = new CallSignal();

  constructor(name: MethodName, call: Served, nowMs: number) {
    this.service = name.service;
    this.method = name.method;
    this.#call = call;
    this.codec = codecOf(call.metadata);
    this.timeoutMs = Number(call.getDeadline()) - nowMs;
    // It is told of the end of each call, also of those that were answered.
    call.once('cancelled', () => this.#ending.giveUp());
    if (call.cancelled) this.#ending.giveUp();
  }

  get payload(): Uint8Array {
    return this.#call.request;
  }

  get metadata(): IncomingRequest['metadata'] {
    return ownMetadata(this.#call.metadata);
  }

  get peer(): string {
    return this.#call.getPeer();
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** False: nobody waits for its answer any more. */
  finish(): boolean {
    return this.#ending.finish();
  }
}
