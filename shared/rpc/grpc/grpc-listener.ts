import { once } from 'node:events';
import { createServer, type Socket, type Server as TcpServer } from 'node:net';
import { Server, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { listenError } from '../../http/listen-error.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Dispatch, DispatchResult, RpcListener } from '../transport.ts';
import { asBuffer } from './grpc-call.ts';
import { failureStatus } from './grpc-failure.ts';
import { GrpcIncoming, type MethodName } from './grpc-incoming.ts';
import { replyMetadata } from './grpc-metadata.ts';
import { GRPC_SERVER_DEFAULTS, type GrpcServerOptions } from './grpc-options.ts';
import { serverCredentials } from './grpc-tls.ts';

type Options = Partial<GrpcServerOptions> & Pick<GrpcServerOptions, 'methods'>;

/** Serves calls of any gRPC client. */
export async function listenGrpc(dispatch: Dispatch, options: Options): Promise<RpcListener> {
  const listener = new GrpcListener(dispatch, { ...GRPC_SERVER_DEFAULTS, ...options });
  await listener.listen();
  return listener;
}

class GrpcListener implements RpcListener {
  readonly #dispatch: Dispatch;
  readonly #options: GrpcServerOptions;
  readonly #grpc: Server;
  /** Its own, for grpc-js has no means to cut a connection whose client does not let go of it. */
  readonly #tcp: TcpServer;
  readonly #sockets = new Set<Socket>();
  #address = '';
  #running = 0;

  constructor(dispatch: Dispatch, options: GrpcServerOptions) {
    this.#dispatch = dispatch;
    this.#options = options;
    this.#grpc = new Server({
      'grpc.max_receive_message_length': options.payloadBytesMax,
      'grpc.max_send_message_length': -1,
      'grpc.max_connection_idle_ms': options.idleMs,
      'grpc.keepalive_time_ms': options.keepAliveMs,
      'grpc.enable_channelz': 0,
    });
    for (const path of options.methods) this.#serve(path);
    const injector = this.#grpc.createConnectionInjector(serverCredentials(options.tls));
    this.#tcp = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      injector.injectConnection(socket);
    });
    this.#tcp.maxConnections = options.connectionsMax;
  }

  get address(): string {
    return this.#address;
  }

  /** @throws AppError in words for the person who chose the address. */
  async listen(): Promise<void> {
    const { host, port } = this.#options;
    this.#tcp.listen(port, host);
    try {
      await once(this.#tcp, 'listening');
    } catch (cause) {
      throw listenError(cause, { host, from: port, to: port, option: 'port' });
    }
    // A connection that could not be accepted is its client's to make again.
    this.#tcp.on('error', () => undefined);
    const bound = this.#tcp.address();
    if (bound === null || typeof bound === 'string') return;
    const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
    this.#address = `${name}:${bound.port}`;
  }

  async drain(withinMs: number): Promise<void> {
    const over = new AbortController();
    this.#tcp.close(() => over.abort());
    // When it thinks that it is through says nothing of connections that were not its own.
    this.#grpc.tryShutdown(() => undefined);
    await this.#options.clock.sleep(withinMs, over.signal);
    for (const socket of this.#sockets) socket.destroy();
    if (!over.signal.aborted) await once(over.signal, 'abort');
  }

  #serve(path: string): void {
    const slash = path.indexOf('/');
    const name = { service: path.slice(0, slash), method: path.slice(slash + 1) };
    this.#grpc.register<Buffer, Buffer>(
      `/${path}`,
      (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
        void this.#answer(name, call, callback);
      },
      (bytes) => bytes,
      (bytes) => bytes,
      'unary',
    );
  }

  async #answer(
    name: MethodName,
    call: ServerUnaryCall<Buffer, Buffer>,
    callback: sendUnaryData<Buffer>,
  ): Promise<void> {
    const incoming = new GrpcIncoming(name, call, this.#options.clock.now());
    const result = await this.#result(incoming);
    if (!incoming.finish()) return;
    if (!result.ok) {
      callback(failureStatus(result));
      return;
    }
    try {
      const { payload, metadata } = result;
      if (metadata !== undefined) call.sendMetadata(replyMetadata(metadata));
      callback(null, asBuffer(payload));
    } catch (thrown) {
      const failure = { code: 'internal', message: messageOf(thrown), executed: true } as const;
      callback(failureStatus({ ok: false, ...failure }));
    }
  }

  async #result(incoming: GrpcIncoming): Promise<DispatchResult> {
    const { inFlightMax } = this.#options;
    if (this.#running >= inFlightMax) {
      const message = `${inFlightMax} calls run already`;
      const [code, reason] = ['resource_exhausted', 'overloaded'] as const;
      return { ok: false, code, reason, message, executed: false };
    }
    this.#running += 1;
    try {
      return await this.#dispatch(incoming);
    } finally {
      this.#running -= 1;
    }
  }
}
