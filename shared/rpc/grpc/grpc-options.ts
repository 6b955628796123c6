import { type Clock, systemClock } from '../../kernel/clock.ts';
import type { ClientTls } from '../client-tls.ts';
import type { ServerTls } from '../server-tls.ts';

export interface GrpcClientOptions {
  /** Of an answer, and of a request. */
  readonly payloadBytesMax: number;
  readonly metadataBytesMax: number;
  /** While answers are awaited and nothing has come for so long, the instance is asked whether it lives. */
  readonly keepAliveMs: number;
  /** For how long it may leave that unanswered. */
  readonly keepAliveTimeoutMs: number;
  readonly inFlightMax: number;
  /** An instance that could not be reached is tried again after so long, at first and at most. */
  readonly reconnectMs: { readonly first: number; readonly most: number };
  readonly tls: ClientTls | null;
  readonly clock: Clock;
}

export const GRPC_CLIENT_DEFAULTS: GrpcClientOptions = {
  payloadBytesMax: 4 * 1024 * 1024,
  metadataBytesMax: 8 * 1024,
  keepAliveMs: 10_000,
  keepAliveTimeoutMs: 5_000,
  inFlightMax: 10_000,
  reconnectMs: { first: 100, most: 1_000 },
  tls: null,
  clock: systemClock,
};

export interface GrpcServerOptions {
  /** `package.Service/Method` of all that is served; anything else is refused as `unimplemented`. */
  readonly methods: Iterable<string>;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Of a request. */
  readonly payloadBytesMax: number;
  readonly connectionsMax: number;
  /** Calls that run at once, of all connections. */
  readonly inFlightMax: number;
  /** A connection that asks nothing for so long is ended. */
  readonly idleMs: number;
  /** After so long without a word a client is asked whether it lives. */
  readonly keepAliveMs: number;
  readonly tls: ServerTls | null;
  readonly clock: Clock;
}

export const GRPC_SERVER_DEFAULTS: Omit<GrpcServerOptions, 'methods'> = {
  host: '127.0.0.1',
  port: 0,
  payloadBytesMax: 4 * 1024 * 1024,
  connectionsMax: 10_000,
  inFlightMax: 10_000,
  idleMs: 5 * 60_000,
  keepAliveMs: 30_000,
  tls: null,
  clock: systemClock,
};
