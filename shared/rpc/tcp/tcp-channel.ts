import { messageOf } from '../../kernel/errors.ts';
import {
  closedByOwner,
  draining,
  givenUp,
  overloaded,
  requestTooLarge,
  timedOut,
} from '../call-failures.ts';
import { parseAddress } from '../parse-address.ts';
import { RpcError } from '../rpc-error.ts';
import type { RpcChannel, RpcReply, RpcRequest, RpcTransport } from '../transport.ts';
import { ClientConnection } from './client-connection.ts';
import { PendingCall } from './pending-call.ts';
import { type RequestHead, RequestHeads } from './request-heads.ts';
import { TCP_CLIENT_DEFAULTS, type TcpClientOptions } from './tcp-options.ts';

/** Reaches instances by frames over TCP: one connection an instance, shared by all calls. */
export function tcpTransport(options: Partial<TcpClientOptions> = {}): RpcTransport {
  const all = { ...TCP_CLIENT_DEFAULTS, ...options };
  return { name: 'tcp', channel: (address) => new TcpChannel(address, all) };
}

class TcpChannel implements RpcChannel {
  readonly #address: string;
  readonly #options: TcpClientOptions;
  readonly #heads = new RequestHeads();
  #connection: ClientConnection | null = null;
  #isClosed = false;

  /** @throws AppError `invalid` when the address is none. */
  constructor(address: string, options: TcpClientOptions) {
    parseAddress(address);
    this.#address = address;
    this.#options = options;
  }

  get isDraining(): boolean {
    return this.#connection?.isDraining ?? false;
  }

  call(request: RpcRequest): Promise<RpcReply> {
    const head = this.#headOrRefusal(request);
    if (head instanceof RpcError) return Promise.reject(head);
    const connection = (this.#connection ??= this.#connect());
    const dueMs = this.#options.clock.monotonicMs() + request.timeoutMs;
    return new Promise((resolve, reject) => {
      connection.begin(new PendingCall(request, head, dueMs, { resolve, reject }));
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.close();
  }

  #connect(): ClientConnection {
    const connection = new ClientConnection(this.#address, this.#options, () => {
      if (this.#connection === connection) this.#connection = null;
    });
    return connection;
  }

  #headOrRefusal(request: RpcRequest): RequestHead | RpcError {
    const { payload, signal, timeoutMs } = request;
    if (this.#isClosed) return closedByOwner(this.#address, 'no');
    if (signal?.aborted === true) return givenUp(this.#address, 'no');
    if (!(timeoutMs > 0)) return timedOut(this.#address, 'no');
    const { payloadBytesMax } = this.#options;
    if (payload.length > payloadBytesMax) {
      return requestTooLarge('payload', payload.length, payloadBytesMax);
    }
    return this.#connectionRefusal(payload.length) ?? this.#head(request);
  }

  #connectionRefusal(payloadBytes: number): RpcError | null {
    const connection = this.#connection;
    if (connection === null) return null;
    if (connection.isDraining) return draining(this.#address);
    const { inFlightMax, queuedBytesMax } = this.#options;
    if (connection.inFlight >= inFlightMax) {
      return overloaded(this.#address, `${inFlightMax} calls`);
    }
    if (connection.queuedBytes + payloadBytes > queuedBytesMax) {
      return overloaded(this.#address, `${queuedBytesMax} bytes`);
    }
    return null;
  }

  #head(request: RpcRequest): RequestHead | RpcError {
    try {
      return this.#heads.of(request);
    } catch (thrown) {
      const reason = 'protocol';
      return new RpcError('invalid_argument', messageOf(thrown), { reason, executed: 'no' });
    }
  }
}
