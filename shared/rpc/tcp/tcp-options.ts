import { type Clock, systemClock } from '../../kernel/clock.ts';
import type { ClientTls } from '../client-tls.ts';
import type { ServerTls } from '../server-tls.ts';
import type { FrameLimits } from './frame-decoder.ts';

export interface TcpClientOptions extends FrameLimits {
  readonly connectTimeoutMs: number;
  /** While answers are awaited and nothing has come for so long, the instance is asked whether it lives. */
  readonly keepAliveMs: number;
  /** For how long it may leave that unanswered. */
  readonly keepAliveTimeoutMs: number;
  readonly inFlightMax: number;
  /** What waits to be written, of one connection. */
  readonly queuedBytesMax: number;
  readonly tls: ClientTls | null;
  readonly clock: Clock;
}

export const TCP_CLIENT_DEFAULTS: TcpClientOptions = {
  metadataBytesMax: 64 * 1024,
  payloadBytesMax: 4 * 1024 * 1024,
  connectTimeoutMs: 3_000,
  keepAliveMs: 10_000,
  keepAliveTimeoutMs: 5_000,
  inFlightMax: 10_000,
  queuedBytesMax: 16 * 1024 * 1024,
  tls: null,
  clock: systemClock,
};

export interface TcpServerOptions extends FrameLimits {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly connectionsMax: number;
  /** Of one connection. */
  readonly inFlightMax: number;
  /** Answers that a connection does not take; more of them end it. */
  readonly queuedBytesMax: number;
  /** A connection that asks nothing for so long is ended. */
  readonly idleMs: number;
  /** After so long without a word the system asks whether the peer is there. */
  readonly keepAliveMs: number;
  readonly tls: ServerTls | null;
  readonly clock: Clock;
}

export const TCP_SERVER_DEFAULTS: TcpServerOptions = {
  host: '127.0.0.1',
  port: 0,
  metadataBytesMax: 64 * 1024,
  payloadBytesMax: 4 * 1024 * 1024,
  connectionsMax: 10_000,
  inFlightMax: 1_000,
  queuedBytesMax: 64 * 1024 * 1024,
  idleMs: 5 * 60_000,
  keepAliveMs: 30_000,
  tls: null,
  clock: systemClock,
};
