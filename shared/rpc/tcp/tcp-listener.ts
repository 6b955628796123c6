import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Bell } from '../../kernel/bell.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { ServerTls } from '../server-tls.ts';
import type { Dispatch, RpcListener } from '../transport.ts';
import { HeadCache } from './head-cache.ts';
import { ServerConnection } from './server-connection.ts';
import { TCP_SERVER_DEFAULTS, type TcpServerOptions } from './tcp-options.ts';

/** Connections over the limit that are told so; more are closed without a word. */
const REFUSED_MAX = 100;
const HANDSHAKE_MS_MAX = 10_000;

/** Serves calls that come as frames over TCP. */
export async function listenTcp(
  dispatch: Dispatch,
  options: Partial<TcpServerOptions> = {},
): Promise<RpcListener> {
  const listener = new TcpListener(dispatch, { ...TCP_SERVER_DEFAULTS, ...options });
  await listener.listen();
  return listener;
}

class TcpListener implements RpcListener {
  readonly #dispatch: Dispatch;
  readonly #options: TcpServerOptions;
  readonly #server: Server;
  readonly #heads = new HeadCache();
  readonly #connections = new Set<ServerConnection>();
  /** Also those that have not finished their handshake. */
  readonly #sockets = new Set<Socket>();
  readonly #left = new Bell();
  #address = '';
  #isDraining = false;

  constructor(dispatch: Dispatch, options: TcpServerOptions) {
    this.#dispatch = dispatch;
    this.#options = options;
    const { keepAliveMs, connectionsMax, tls } = options;
    const onSocket = (socket: Socket) => this.#accept(socket);
    const tcp = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs };
    this.#server =
      tls === null
        ? createServer(tcp, onSocket)
        : createTlsServer({ ...tcp, ...tlsOptions(tls) }, onSocket);
    this.#server.maxConnections = connectionsMax + REFUSED_MAX;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get address(): string {
    return this.#address;
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options;
    this.#server.listen(port, host);
    try {
      await once(this.#server, 'listening');
    } catch (thrown) {
      const message = `calls cannot be taken at ${host}:${port}: ${messageOf(thrown)}`;
      throw new AppError('unavailable', message, { cause: thrown });
    }
    this.#address = addressOf(this.#server);
    // A connection that could not be accepted is its client's to make again.
    this.#server.on('error', () => undefined);
  }

  async drain(withinMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#isDraining = true;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.goAway();
    const endMs = clock.monotonicMs() + withinMs;
    const never = new AbortController().signal;
    for (let leftMs = withinMs; leftMs > 0 && this.#connections.size > 0; ) {
      await this.#left.heardWithin(leftMs, clock, never);
      leftMs = endMs - clock.monotonicMs();
    }
    for (const connection of this.#connections) connection.cut();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    const connection = new ServerConnection({
      ...{ socket, dispatch: this.#dispatch, options: this.#options, heads: this.#heads },
      onEnd: () => {
        this.#connections.delete(connection);
        this.#left.ring();
      },
    });
    this.#connections.add(connection);
    const isRefused = this.#connections.size > this.#options.connectionsMax;
    if (isRefused || this.#isDraining) connection.goAway();
  }
}

function tlsOptions({ cert, key, clientCa }: ServerTls): Record<string, unknown> {
  const asksClients = { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const own = { cert, key, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS_MAX };
  return { ...own, ...(clientCa === undefined ? {} : asksClients) };
}

function addressOf(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return '';
  const { address, port, family } = bound;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
