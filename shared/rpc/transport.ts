import type { FailureReason, RpcCode } from './rpc-error.ts';

/** How a message is written: as its `.proto` file says, or as JSON. */
export type Codec = 'protobuf' | 'json';

/** A call as it goes to one instance; its message is encoded already. */
export interface RpcRequest {
  /** Full name, as in the `.proto` file: `package.Service`. */
  readonly service: string;
  readonly method: string;
  readonly codec: Codec;
  readonly payload: Uint8Array;
  /** Keys are in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  /** From now on; it goes over the wire, so that the server gives up too. */
  readonly timeoutMs: number;
  /** Null: nobody gives the call up before its time. */
  readonly signal: AbortSignal | null;
}

export interface RpcReply {
  readonly payload: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * One way of reaching instances. Connections are made when they are needed and kept; one that broke
 * is made anew with the next call.
 */
export interface RpcTransport {
  readonly name: 'tcp' | 'grpc' | 'http';
  /** `address`: host:port. Nothing is sent yet. */
  channel(address: string): RpcChannel;
}

/** What leads to one instance, for any number of calls at once. */
export interface RpcChannel {
  /** Calls once. @throws RpcError, always: `executed` says whether the method may have run. */
  call(request: RpcRequest): Promise<RpcReply>;
  /** The instance has said that it takes no more calls. */
  readonly isDraining: boolean;
  /** Ends it; what is on its way fails with `cancelled`. */
  close(): Promise<void>;
}

/** A call as it came to a server. */
export interface IncomingRequest {
  readonly service: string;
  readonly method: string;
  readonly codec: Codec;
  readonly payload: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  /** Aborts when the caller gave up, its time is over, or the server stops for good. */
  readonly signal: AbortSignal;
  /** How long the caller still waits; Infinity: it did not say. */
  readonly timeoutMs: number;
  /** For the log: who calls. */
  readonly peer: string;
}

/** What a server does with a call, whatever brought it. A failure is data: it goes back as it is. */
export type Dispatch = (request: IncomingRequest) => Promise<DispatchResult>;

export type DispatchResult =
  | { readonly ok: true; readonly payload: Uint8Array; readonly metadata?: RpcReply['metadata'] }
  | {
      readonly ok: false;
      readonly code: RpcCode;
      readonly message: string;
      /** False: the method did not run, and another instance may be asked. */
      readonly executed: boolean;
      /** Where the code does not say it. */
      readonly reason?: FailureReason;
      readonly retryAfterMs?: number;
    };

/** A server of one transport that listens. */
export interface RpcListener {
  /** host:port, as it was bound. */
  readonly address: string;
  /**
   * Takes no new calls, tells clients so, waits for those on their way for `withinMs` at most, then
   * cuts what is left.
   */
  drain(withinMs: number): Promise<void>;
}
