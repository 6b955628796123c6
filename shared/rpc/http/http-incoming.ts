import type { IncomingMessage } from 'node:http';
import { CallSignal } from '../call-signal.ts';
import type { Codec, IncomingRequest } from '../transport.ts';
import { metadataOf } from './http-wire.ts';

export interface HttpHead {
  readonly service: string;
  readonly method: string;
  readonly codec: Codec;
  readonly timeoutMs: number;
}

/** A call as HTTP brings it. */
export class HttpIncoming implements IncomingRequest {
  readonly service: string;
  readonly method: string;
  readonly codec: Codec;
  readonly timeoutMs: number;
  readonly payload: Uint8Array;
  readonly peer: string;
  /** Of the monotonic clock. */
  readonly dueMs: number;
  readonly #headers: IncomingMessage['headers'];
  readonly #ending = new CallSignal();

  constructor(head: HttpHead, request: IncomingMessage, payload: Uint8Array, dueMs: number) {
    this.service = head.service;
    this.method = head.method;
    this.codec = head.codec;
    this.timeoutMs = head.timeoutMs;
    this.payload = payload;
    this.dueMs = dueMs;
    this.#headers = request.headers;
    const { remoteAddress = '', remotePort = 0 } = request.socket;
    this.peer = `${remoteAddress}:${remotePort}`;
  }

  get metadata(): IncomingRequest['metadata'] {
    return metadataOf(this.#headers);
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  giveUp(): void {
    this.#ending.giveUp();
  }

  /** False: nobody waits for its answer any more. */
  finish(): boolean {
    return this.#ending.finish();
  }
}
