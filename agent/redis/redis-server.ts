import type { Redis } from 'ioredis';
import { z } from 'zod';
import { goDurationOption } from '../../shared/domain/go-duration.ts';
import { certificateRefusal } from '../../shared/kernel/certificate-refusal.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import { stoppable } from '../../shared/kernel/stoppable.ts';
import { option } from '../plugins/option.ts';
import { type ServerTls, tlsCaOption, tlsOption, tlsOptions } from '../plugins/server-tls.ts';

const PORT_DEFAULT = 6379;
/** Of a server that will be well again, or was asked at a bad moment. */
const TRANSIENT =
  /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|OOM|MISCONF|NOREPLICAS)\b/;

/** Options of both the reader and the sender. */
export const redisServerOptions = {
  redis_address: z
    .string()
    .default('')
    .transform((text, context) => {
      const [, host = '127.0.0.1', port = PORT_DEFAULT] = /^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? [];
      if (!host.includes(' '))
        return { host: host === '' ? '127.0.0.1' : host, port: Number(port) };
      context.addIssue('is no host and port');
      return z.NEVER;
    })
    .meta({ default: '127.0.0.1:6379' })
    .describe('Host and port of the server.'),
  redis_db: option.int(0, { min: 0, max: 65_535 }).describe('The number of the database.'),
  redis_username: option
    .text('')
    .describe('As whom to come in, where the server knows users.')
    .meta({ advanced: true }),
  redis_password: option.text('').describe('The password.').meta({ advanced: true }),
  redis_tls: tlsOption(),
  redis_tls_ca: tlsCaOption(),
  redis_timeout: goDurationOption(5_000)
    .describe('So long an answer is waited for.')
    .meta({ advanced: true }),
};

/** Where a server is, and as whom one comes in. */
export interface RedisServer {
  readonly redis_address: { readonly host: string; readonly port: number };
  readonly redis_db: number;
  readonly redis_username: string;
  readonly redis_password: string;
  readonly redis_tls: ServerTls['tls'];
  readonly redis_tls_ca: string;
  readonly redis_timeout: number;
}

export function redisAddress({ redis_address: { host, port }, redis_db: db }: RedisServer): string {
  return `redis://${host}:${port}/${db}`;
}

interface Opening {
  /** Connecting ends with an error when it aborts. */
  readonly signal: AbortSignal;
  /** It is asked for what may come later: the server says itself when it has waited long enough. */
  readonly isWaiting?: boolean;
}

/** One connection; what it throws is an AppError, and it does not connect again by itself. */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #address: string;

  private constructor(redis: Redis, address: string) {
    this.#redis = redis;
    this.#address = address;
  }

  /** @throws AppError `unavailable`, or `invalid` when the server does not let the user in. */
  static async open(
    server: RedisServer,
    { signal, isWaiting = false }: Opening,
  ): Promise<RedisConnection> {
    const { Redis } = await import('ioredis');
    const redis = new Redis({ ...(await clientOptions(server)), ...limitsOf(server, isWaiting) });
    let trouble: unknown = null;
    // Told by the command that fails with it, or the next one.
    redis.on('error', (error: unknown) => {
      trouble ??= error;
    });
    const connection = new RedisConnection(redis, redisAddress(server));
    try {
      await stoppable(
        signal,
        () => redis.disconnect(),
        () => redis.connect(),
      );
    } catch (thrown) {
      connection.close();
      // What is thrown says no more than that there is no connection.
      throw redisError(trouble ?? thrown, redisAddress(server));
    }
    return connection;
  }

  async ask(command: string, ...words: readonly (string | number | Buffer)[]): Promise<unknown> {
    try {
      return await this.#redis.call(command, ...words);
    } catch (thrown) {
      throw redisError(thrown, this.#address);
    }
  }

  /** Texts of the answer come as the bytes that they are. */
  async askBytes(command: string, ...words: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#redis.callBuffer(command, ...words);
    } catch (thrown) {
      throw redisError(thrown, this.#address);
    }
  }

  /** Messages of a channel, or of all whose names match a pattern; from then on nothing else. */
  async subscribe(channel: string, { isPattern, onMessage, onEnd }: Subscription): Promise<void> {
    this.#redis.on('messageBuffer', (_: Buffer, message: Buffer) => onMessage(message));
    this.#redis.on('pmessageBuffer', (_: string, __: Buffer, message: Buffer) =>
      onMessage(message),
    );
    this.#redis.on('end', onEnd);
    try {
      await (isPattern ? this.#redis.psubscribe(channel) : this.#redis.subscribe(channel));
    } catch (thrown) {
      throw redisError(thrown, this.#address);
    }
  }

  close(): void {
    this.#redis.disconnect();
  }
}

interface Subscription {
  readonly isPattern: boolean;
  readonly onMessage: (message: Buffer) => void;
  readonly onEnd: () => void;
}

async function clientOptions(server: RedisServer) {
  const { redis_address: address, redis_tls, redis_tls_ca: tlsCa } = server;
  const { redis_username: username, redis_password: password } = server;
  const tls = await tlsOptions({ tls: redis_tls, tlsCa });
  return {
    ...address,
    db: server.redis_db,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(tls === null ? {} : { tls }),
    connectTimeout: server.redis_timeout,
    lazyConnect: true,
    // Who uses the connection tries again, and knows what was under way.
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    protocol: 2 as const,
  };
}

/** A server that says nothing is given up after `redis_timeout`, or as long beyond what it was asked to wait. */
function limitsOf({ redis_timeout: timeoutMs }: RedisServer, isWaiting: boolean) {
  if (timeoutMs === 0) return {};
  return isWaiting
    ? { blockingTimeout: timeoutMs, blockingTimeoutGrace: timeoutMs }
    : { commandTimeout: timeoutMs };
}

function redisError(thrown: unknown, address: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const refusal = certificateRefusal(thrown);
  if (refusal !== null) return new AppError('invalid', `${address}: ${refusal}`, { cause: thrown });
  const text = messageOf(thrown);
  const isReply = thrown instanceof Error && thrown.name === 'ReplyError';
  const kind = isReply && !TRANSIENT.test(text) ? 'invalid' : 'unavailable';
  return new AppError(kind, `${address}: ${text}`, { cause: thrown });
}
