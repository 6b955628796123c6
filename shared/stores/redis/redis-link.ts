import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { RandomSource } from '../../kernel/random.ts';
import { doubling, retryDelayMs } from '../../resilience/retry-schedule.ts';
import { RedisConnection } from './redis-connection.ts';
import { awayError } from './redis-errors.ts';
import type { RedisTarget } from './redis-place.ts';

const RECONNECT = doubling(50, 5_000);

interface LinkDeps {
  readonly target: RedisTarget;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Makes a new connection fit for use. */
  readonly attach: (connection: RedisConnection) => Promise<void>;
}

/**
 * A connection that is made again whenever it is lost. Meanwhile nothing waits: who asks hears at
 * once that nobody is there.
 */
export class RedisLink {
  readonly #deps: LinkDeps;
  readonly #closing = new AbortController();
  #connection: RedisConnection | null = null;
  #trouble: unknown = new Error('it has closed');
  #keeping: Promise<void> = Promise.resolve();

  private constructor(deps: LinkDeps) {
    this.#deps = deps;
  }

  /** @throws as connecting and attaching do. */
  static async open(deps: LinkDeps): Promise<RedisLink> {
    const link = new RedisLink(deps);
    const connection = await link.#connect();
    link.#keeping = link.#keep(connection);
    return link;
  }

  /** @throws AppError `unavailable` while there is none. */
  get connection(): RedisConnection {
    if (this.#connection !== null) return this.#connection;
    if (this.#closing.signal.aborted) {
      throw new AppError('unavailable', 'the store is closed');
    }
    throw awayError(this.#deps.target.address, this.#trouble);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#connection?.close();
    await this.#keeping;
  }

  async #keep(first: RedisConnection): Promise<void> {
    const { signal } = this.#closing;
    for (let connection: RedisConnection | null = first; connection !== null; ) {
      if (signal.aborted) connection.close();
      else this.#connection = connection;
      await connection.ended;
      this.#connection = null;
      this.#trouble = new Error('it has closed');
      connection = await this.#connectAgain(signal);
    }
  }

  async #connectAgain(signal: AbortSignal): Promise<RedisConnection | null> {
    const { clock, random } = this.#deps;
    for (let failures = 1; ; failures += 1) {
      await clock.sleep(retryDelayMs(RECONNECT, failures, random), signal);
      if (signal.aborted) return null;
      try {
        return await this.#connect();
      } catch (thrown) {
        this.#trouble = thrown;
      }
    }
  }

  async #connect(): Promise<RedisConnection> {
    const connection = await RedisConnection.open(this.#deps.target);
    try {
      await this.#deps.attach(connection);
      return connection;
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
  }
}
