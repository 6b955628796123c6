import { type Logger, pino } from 'pino';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import type { ClientTls } from '../client-tls.ts';
import type { ServerTls } from '../server-tls.ts';

export interface HttpClientOptions {
  /** Of an answer, and of a request. */
  readonly payloadBytesMax: number;
  readonly metadataBytesMax: number;
  readonly connectTimeoutMs: number;
  /** To one instance; calls beyond them wait for one, within their time. */
  readonly connectionsMax: number;
  readonly inFlightMax: number;
  readonly tls: ClientTls | null;
  readonly clock: Clock;
}

export const HTTP_CLIENT_DEFAULTS: HttpClientOptions = {
  payloadBytesMax: 4 * 1024 * 1024,
  metadataBytesMax: 8 * 1024,
  connectTimeoutMs: 3_000,
  connectionsMax: 64,
  inFlightMax: 10_000,
  tls: null,
  clock: systemClock,
};

export interface HttpServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Of a request. */
  readonly payloadBytesMax: number;
  /** Calls that run at once, of all connections. */
  readonly inFlightMax: number;
  readonly tls: ServerTls | null;
  readonly clock: Clock;
  readonly log: Logger;
}

export const HTTP_SERVER_DEFAULTS: HttpServerOptions = {
  host: '127.0.0.1',
  port: 0,
  payloadBytesMax: 4 * 1024 * 1024,
  inFlightMax: 10_000,
  tls: null,
  clock: systemClock,
  log: pino({ level: 'silent' }),
};
