import type { Redis } from 'ioredis';
import { AppError } from '../../kernel/errors.ts';
import type { LuaScript } from './lua-script.ts';
import { movedTo } from './moved.ts';
import { awayError, isReply, replyCode, replyError, unansweredError } from './redis-errors.ts';
import { nodeAddress, type RedisNode, type RedisTarget } from './redis-place.ts';

const KEEP_ALIVE_MS = 10_000;
/** More questions than this do not wait for their answers at a time. */
const ASKED_MAX = 10_000;

/** Answers of one that others should be asked instead of. */
const NO_MORE = new Set(['READONLY', 'CLUSTERDOWN']);

/** How ioredis says that it has not even tried. */
const NOT_SENT = /^Stream isn't writeable/;

/**
 * One connection, that does not connect again by itself: whoever uses it knows what was under way
 * when it broke. It is given up at the first question that is not answered in time.
 */
export class RedisConnection {
  readonly node: RedisNode;
  readonly #redis: Redis;
  readonly #target: RedisTarget;
  readonly #address: string;
  #asked = 0;

  private constructor(redis: Redis, target: RedisTarget, node: RedisNode) {
    this.node = node;
    this.#redis = redis;
    this.#target = target;
    this.#address = nodeAddress(target, node);
  }

  /** @throws AppError `unavailable`, or `forbidden` when the server does not let the user in. */
  static async open(target: RedisTarget, node: RedisNode): Promise<RedisConnection> {
    const { access, db, timeoutMs } = target;
    const address = nodeAddress(target, node);
    const { Redis } = await import('ioredis');
    const redis = new Redis({
      ...{ ...access, ...node },
      ...{ lazyConnect: true, connectTimeout: timeoutMs, commandTimeout: timeoutMs },
      ...{ enableReadyCheck: false, enableOfflineQueue: false, retryStrategy: () => null },
      ...{ maxRetriesPerRequest: 0, keepAlive: KEEP_ALIVE_MS, protocol: 2 as const },
    });
    // The first one says why; what is thrown, only that it has closed.
    let cause: unknown = null;
    redis.on('error', (error: unknown) => (cause ??= error));
    try {
      await redis.connect();
      // The client itself would go on with another one when there is none of this number.
      if (db !== 0) await redis.select(db);
    } catch (thrown) {
      redis.disconnect();
      const why = cause ?? thrown;
      throw isReply(why) ? replyError(address, why) : awayError(address, why);
    }
    return new RedisConnection(redis, target, node);
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
      // It was the node that has the keys.
      if (replyCode(thrown) === 'MOVED') this.close();
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

  /** Does it here, or where this node says that what it is about lies. */
  async onOwner<T>(work: (connection: RedisConnection) => Promise<T>): Promise<T> {
    try {
      return await work(this);
    } catch (thrown) {
      const node = movedTo(thrown, this.node);
      if (node === null) throw thrown;
      const owner = await RedisConnection.open(this.#target, node);
      try {
        return await work(owner);
      } finally {
        owner.close();
      }
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  #failure(thrown: unknown): unknown {
    if (isReply(thrown)) {
      // It was the one to ask once; which one is now is found by connecting anew.
      if (NO_MORE.has(replyCode(thrown))) this.close();
      return thrown;
    }
    if (thrown instanceof Error && NOT_SENT.test(thrown.message)) {
      return awayError(this.#address, thrown);
    }
    this.close();
    return unansweredError(this.#address, thrown);
  }
}
