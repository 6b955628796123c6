import type { Codec, IncomingRequest } from '../transport.ts';
import type { FrameId } from './frame.ts';

interface CallHead {
  readonly service: string;
  readonly method: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

interface CallOrigin extends FrameId {
  readonly codec: Codec;
  readonly peer: string;
  readonly dueMs: number;
}

/** A call on a connection. Its signal is made when somebody asks for it: most methods never do. */
export class IncomingCall implements IncomingRequest {
  readonly payload: Uint8Array;
  readonly #head: CallHead;
  readonly #origin: CallOrigin;
  #abort: AbortController | null = null;
  #isGone = false;

  constructor(head: CallHead, origin: CallOrigin, payload: Uint8Array) {
    this.#head = head;
    this.#origin = origin;
    this.payload = payload;
  }

  get service(): string {
    return this.#head.service;
  }

  get method(): string {
    return this.#head.method;
  }

  get metadata(): CallHead['metadata'] {
    return this.#head.metadata;
  }

  get timeoutMs(): number {
    return this.#head.timeoutMs;
  }

  get codec(): Codec {
    return this.#origin.codec;
  }

  get peer(): string {
    return this.#origin.peer;
  }

  get dueMs(): number {
    return this.#origin.dueMs;
  }

  get frameId(): FrameId {
    return this.#origin;
  }

  /** Nobody waits for its answer any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#isGone) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  giveUp(): void {
    this.#isGone = true;
    this.#abort?.abort();
  }
}
