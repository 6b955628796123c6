import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { ServerTls } from '../tcp/tcp-options.ts';
import type { Dispatch, DispatchResult, RpcListener } from '../transport.ts';
import { asBuffer } from './grpc-call.ts';
import { failureStatus } from './grpc-failure.ts';
import { GrpcIncoming, type MethodName } from './grpc-incoming.ts';
import { replyMetadata } from './grpc-metadata.ts';
import { GRPC_SERVER_DEFAULTS, type GrpcServerOptions } from './grpc-options.ts';

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
  readonly #server: Server;
  #port = 0;
  #running = 0;

  constructor(dispatch: Dispatch, options: GrpcServerOptions) {
    this.#dispatch = dispatch;
    this.#options = options;
    this.#server = new Server({
      'grpc.max_receive_message_length': options.payloadBytesMax,
      'grpc.max_send_message_length': -1,
      'grpc.max_connection_idle_ms': options.idleMs,
      'grpc.keepalive_time_ms': options.keepAliveMs,
      'grpc.enable_channelz': 0,
    });
    for (const path of options.methods) this.#serve(path);
  }

  get address(): string {
    const { host } = this.#options;
    return host.includes(':') ? `[${host}]:${this.#port}` : `${host}:${this.#port}`;
  }

  async listen(): Promise<void> {
    const { host, port, tls } = this.#options;
    const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    this.#port = await new Promise((resolve, reject) => {
      this.#server.bindAsync(where, serverCredentials(tls), (cause, bound) => {
        if (cause === null) return resolve(bound);
        const message = `cannot listen on ${where}: ${messageOf(cause)}`;
        reject(new AppError('unavailable', message, { cause }));
      });
    });
  }

  async drain(withinMs: number): Promise<void> {
    const over = new AbortController();
    const closed = new Promise<undefined>((resolve) => {
      this.#server.tryShutdown(() => {
        over.abort();
        resolve(undefined);
      });
    });
    await this.#options.clock.sleep(withinMs, over.signal);
    if (!over.signal.aborted) this.#server.forceShutdown();
    await closed;
  }

  #serve(path: string): void {
    const slash = path.indexOf('/');
    const name = { service: path.slice(0, slash), method: path.slice(slash + 1) };
    this.#server.register<Buffer, Buffer>(
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
    if (!result.ok) return callback(failureStatus(result));
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

function serverCredentials(tls: ServerTls | null): ServerCredentials {
  if (tls === null) return ServerCredentials.createInsecure();
  const { cert, key, clientCa } = tls;
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  const ca = clientCa === undefined ? null : Buffer.from(clientCa);
  return ServerCredentials.createSsl(ca, [pair], ca !== null);
}
