import { Redis } from 'ioredis';
import { AppError } from '../../shared/coordinator/library.ts';

const MESSAGES = 'example:messages';
const RESULTS = 'example:results';
const UNREADABLE = 'example:unreadable';

/** Messages by their IDs, from 1 on, and what became of them. */
export class MessageQueue {
  readonly #redis: Redis;

  private constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** @param address `host:port`, or a URL. */
  static async open(address: string): Promise<MessageQueue> {
    const url = address.includes('://') ? address : `redis://${address}/0`;
    const redis = new Redis(url, { lazyConnect: true });
    let why: unknown = null;
    redis.on('error', (error: unknown) => (why ??= error));
    try {
      await redis.connect();
    } catch (cause) {
      redis.disconnect();
      throw new AppError(
        'unavailable',
        `Redis is not reachable at ${address}: start it, or set REDIS_ADDR to where it is (${String(why ?? cause)})`,
        { cause },
      );
    }
    return new MessageQueue(redis);
  }

  async put(texts: readonly string[]): Promise<void> {
    await this.#redis.rpush(MESSAGES, ...texts);
  }

  /** 0: there is none yet. */
  async lastId(): Promise<bigint> {
    return BigInt(await this.#redis.llen(MESSAGES));
  }

  /** Both inclusive, in their order. */
  async read(minId: bigint, maxId: bigint): Promise<readonly string[]> {
    return this.#redis.lrange(MESSAGES, String(minId - 1n), String(maxId - 1n));
  }

  /** Keeps the first result of a message: a second one changes nothing. */
  async keep(id: bigint, result: string): Promise<void> {
    await this.#redis.hsetnx(RESULTS, String(id), result);
  }

  async keepUnreadable(id: bigint, text: string): Promise<void> {
    await this.#redis.hsetnx(UNREADABLE, String(id), text);
  }

  close(): void {
    this.#redis.disconnect();
  }
}
