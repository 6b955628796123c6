import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { ClientTls } from '../../client/exchange.ts';
import { grpcTls } from '../../client/grpc-tls.ts';
import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { etcdError } from './etcd-errors.ts';

const ANSWER_BYTES_MAX = 256 * 1024 * 1024;
/** A server that does not answer is found out by then, also while nothing is asked. */
const KEEPALIVE_MS = 10_000;
/** Whoever asks meanwhile is told at once that the host is away. */
const RECONNECT_MS = { first: 100, most: 2_000 } as const;
const PLAIN = { credentials: credentials.createInsecure(), options: {} };

export interface EtcdQuestion {
  /** `Service/Method` of etcd's v3 API. */
  readonly method: string;
  readonly message: Buffer;
  /** Empty: none. */
  readonly token: string;
  readonly timeoutMs: number;
}

/**
 * One host of etcd. Throws AppError: `timeout`; `unavailable`, where `details.reached` is false when
 * the question has not arrived; and what etcd says.
 */
export class EtcdEndpoint {
  readonly #url: string;
  readonly #client: Client;

  /** `url`: `http://host:port` or `https://host:port`. */
  constructor(url: string, tls: ClientTls = {}) {
    this.#url = url;
    const { host, hostname, protocol } = new URL(url);
    const security = protocol === 'https:' ? grpcTls(hostname.replace(/^\[|\]$/g, ''), tls) : PLAIN;
    this.#client = new Client(host, security.credentials, {
      'grpc.max_receive_message_length': ANSWER_BYTES_MAX,
      'grpc.initial_reconnect_backoff_ms': RECONNECT_MS.first,
      'grpc.max_reconnect_backoff_ms': RECONNECT_MS.most,
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_MS,
      ...security.options,
    });
  }

  ask({ method, message, token, timeoutMs }: EtcdQuestion): Promise<Buffer> {
    const metadata = new Metadata();
    if (token !== '') metadata.set('token', token);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<Buffer, Buffer>(
        `/etcdserverpb.${method}`,
        (bytes) => bytes,
        (bytes) => bytes,
        message,
        metadata,
        { deadline: systemClock.now() + timeoutMs },
        (error, answer) => {
          if (error !== null) reject(this.#failure(error, timeoutMs));
          else resolve(answer ?? Buffer.alloc(0));
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }

  #failure(error: ServiceError, timeoutMs: number): AppError {
    const { code, details } = error;
    if (code === status.DEADLINE_EXCEEDED) {
      const message = `etcd at ${this.#url} did not answer within ${timeoutMs} ms`;
      return new AppError('timeout', message, { cause: error });
    }
    return etcdError({ status: code, message: details }, this.#url);
  }
}
