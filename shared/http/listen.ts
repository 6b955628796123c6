import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from '../kernel/clock.ts';
import { AppError, messageOf, systemCode } from '../kernel/errors.ts';
import { type ListenAddress, listenError } from './listen-error.ts';

const HEADERS_TIMEOUT_MS = 15_000;
/** For the whole of a request: a slow uplink may need a while for the largest body. */
const REQUEST_TIMEOUT_MS = 120_000;
const TIMEOUT_CHECK_INTERVAL_MS = 5_000;
const HEADER_BYTES_MAX = 16 * 1024;
/** Well over the 15 s between two heartbeats, so that they share a connection. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const CONNECTIONS_MAX = 20_000;
const IDLE_SWEEP_INTERVAL_MS = 25;

/** PEM texts. */
export interface TlsFiles {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  readonly ca?: string | Buffer;
  /** Clients have to show a certificate of `ca`. */
  readonly requestCert?: boolean;
}

export interface PortRange {
  readonly from: number;
  /** Included. */
  readonly to: number;
}

export interface ListenOptions {
  /** '' means all interfaces. */
  readonly host: string;
  /** One port (0: any free one), or a range of which the first free one is taken. */
  readonly port: number | PortRange;
  readonly tls?: TlsFiles;
  /** What address and port are set by, as messages call it; `bind_host` when it is not said. */
  readonly option?: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Listening {
  /** As it was asked for; '' means all interfaces. */
  readonly host: string;
  readonly port: number;
  /**
   * Stops accepting, closes idle connections at once and each other one when its answer is out;
   * after the deadline the rest are cut. Resolves when the last one is closed.
   */
  readonly close: (deadlineMs: number) => Promise<void>;
}

/**
 * Starts an HTTP or HTTPS server.
 *
 * @throws AppError in words for the person who wrote the configuration: `conflict` when the port is
 * taken, `forbidden` when it is not allowed, `invalid` when address or certificate are unusable.
 */
export async function listen(
  listener: RequestListener,
  options: ListenOptions,
): Promise<Listening> {
  const { host, port: wanted, clock, log, option = 'bind_host' } = options;
  const { from, to } = typeof wanted === 'number' ? { from: wanted, to: wanted } : wanted;
  const server = createServer(listener, options.tls);
  const sockets = trackSockets(server);

  const port = await bindFirstFree(server, { host, from, to, option });
  // A failed accept, e.g. out of file descriptors, concerns one connection and not the server.
  server.on('error', (err) => log.warn({ err }, 'a connection could not be accepted'));
  return { host, port, close: (deadlineMs) => close({ server, sockets, clock, deadlineMs }) };
}

function createServer(listener: RequestListener, tls: TlsFiles | undefined): Server {
  const limits = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  };
  const server =
    tls === undefined ? createHttpServer(limits, listener) : createTls(listener, tls, limits);
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

function createTls(listener: RequestListener, tls: TlsFiles, limits: object): Server {
  try {
    return createHttpsServer({ ...limits, ...tls }, listener);
  } catch (cause) {
    throw new AppError(
      'invalid',
      `the TLS certificate or key is not usable: ${messageOf(cause)}; both must be PEM and belong together`,
      { cause },
    );
  }
}

async function bindFirstFree(server: Server, address: ListenAddress): Promise<number> {
  const { host, from, to } = address;
  for (let port = from; ; port++) {
    try {
      return await bind(server, host, port);
    } catch (cause) {
      const isTaken = systemCode(cause) === 'EADDRINUSE';
      if (!isTaken || port >= to) throw listenError(cause, address);
    }
  }
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  server.listen({ port, ...(host !== '' && { host }) });
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Also knows the connections that never came to a request, e.g. in the middle of a handshake. */
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

interface Closing {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
  readonly clock: Clock;
  readonly deadlineMs: number;
}

async function close({ server, sockets, clock, deadlineMs }: Closing): Promise<void> {
  const closed = new AbortController();
  server.close(() => closed.abort());
  server.prependListener('request', (_request, response) => {
    response.setHeader('Connection', 'close');
  });

  const endMs = clock.monotonicMs() + deadlineMs;
  while (!closed.signal.aborted && clock.monotonicMs() < endMs) {
    // A connection that was busy becomes idle when its answer is out; nothing tells.
    server.closeIdleConnections();
    await clock.sleep(IDLE_SWEEP_INTERVAL_MS, closed.signal);
  }
  for (const socket of sockets) socket.destroy();
  if (!closed.signal.aborted) await once(closed.signal, 'abort');
}
