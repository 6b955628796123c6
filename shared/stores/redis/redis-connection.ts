import type { Redis } from 'ioredis';
import { AppError } from '../../kernel/errors.ts';
import type { LuaScript } from './lua-script.ts';
import { awayError, isReply, replyCode, replyError, unansweredError } from './redis-errors.ts';
import type { RedisTarget } from './redis-place.ts';

const KEEP_ALIVE_MS = 10_000;
/** More questions than this do not wait for their answers at a time. */
const ASKED_MAX = 10_000;

/** How ioredis says that it has not even tried. */
const NOT_SENT = /^Stream isn't writeable/;

/**
 * One connection, that does not connect again by itself: whoever uses it knows what was under way
 * when it broke. It is given up at the first question that is not answered in time.
 */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #address: string;
  #asked = 0;

  private constructor(redis: Redis, address: string) {
    this.#redis = redis;
    this.#address = address;
  }

  /** @throws AppError `unavailable`, or `forbidden` when the server does not let the user in. */
  static async open(target: RedisTarget): Promise<RedisConnection> {
    const { address, timeoutMs, ...server } = target;
    const { Redis } = await import('ioredis');
    const redis = new Redis({
      ...server,
      ...{ lazyConnect: true, connectTimeout: timeoutMs, commandTimeout: timeoutMs },
      ...{ enableReadyCheck: false, enableOfflineQueue: false, retryStrategy: () => null },
      ...{ maxRetriesPerRequest: 0, keepAlive: KEEP_ALIVE_MS, protocol: 2 as const },
    });
    // The first one says why; what is thrown, only that it has closed.
    let cause: unknown = null;
    redis.on('error', (error: unknown) => (cause ??= error));
    try {
      await redis.connect();
    } catch (thrown) {
      redis.disconnect();
      const why = cause ?? thrown;
      throw isReply(why) ? replyError(address, why) : awayError(address, why);
    }
    return new RedisConnection(redis, address);
  }

  /** Resolves when it is of no use any more. */
  get ended(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#redis.status === 'end') resolve();
      else this.#redis.once('end', () => resolve());
    });
  }

  /** @throws the answer that says no, as it is; AppError `unavailable` or `timeout` for none. */
  async run(script: LuaScript, keys: readonly string[], words: readonly string[]) {
    const all = [keys.length, ...keys, ...words];
    try {
      return await this.ask('EVALSHA', script.sha, ...all);
    } catch (thrown) {
      if (replyCode(thrown) !== 'NOSCRIPT') throw thrown;
      return this.ask('EVAL', script.text, ...all);
    }
  }

  async ask(command: string, ...words: readonly (string | number)[]): Promise<unknown> {
    if (this.#redis.status !== 'ready') throw awayError(this.#address, new Error('it has closed'));
    if (this.#asked >= ASKED_MAX) {
      throw new AppError('unavailable', `${this.#address}: ${ASKED_MAX} questions wait already`);
    }
    this.#asked += 1;
    try {
      return await this.#redis.call(command, ...words);
    } catch (thrown) {
      throw this.#failure(thrown);
    } finally {
      this.#asked -= 1;
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  #failure(thrown: unknown): unknown {
    if (isReply(thrown)) {
      // It was the master once; who is it now is found by connecting anew.
      if (replyCode(thrown) === 'READONLY') this.close();
      return thrown;
    }
    if (thrown instanceof Error && NOT_SENT.test(thrown.message)) {
      return awayError(this.#address, thrown);
    }
    this.close();
    return unansweredError(this.#address, thrown);
  }
}
