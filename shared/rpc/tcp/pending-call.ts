import type { RpcError } from '../rpc-error.ts';
import type { RpcReply, RpcRequest } from '../transport.ts';
import type { RequestHead } from './request-heads.ts';

interface Settling {
  readonly resolve: (reply: RpcReply) => void;
  readonly reject: (error: RpcError) => void;
}

/** A call that waits for its answer. */
export class PendingCall {
  readonly request: RpcRequest;
  readonly head: RequestHead;
  readonly dueMs: number;
  readonly #settling: Settling;
  /** Of its frame; 0 until it has one. */
  id = 0;
  /** It may be on the wire. */
  isPut = false;
  #onAbort: (() => void) | null = null;

  constructor(request: RpcRequest, head: RequestHead, dueMs: number, settling: Settling) {
    this.request = request;
    this.head = head;
    this.dueMs = dueMs;
    this.#settling = settling;
  }

  listen(onAbort: () => void): void {
    this.#onAbort = onAbort;
    this.request.signal?.addEventListener('abort', onAbort, { once: true });
  }

  resolve(reply: RpcReply): void {
    this.#unlisten();
    this.#settling.resolve(reply);
  }

  reject(error: RpcError): void {
    this.#unlisten();
    this.#settling.reject(error);
  }

  #unlisten(): void {
    if (this.#onAbort === null) return;
    this.request.signal?.removeEventListener('abort', this.#onAbort);
  }
}
