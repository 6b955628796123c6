import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { RandomSource } from '../../kernel/random.ts';
import { doubling, retryDelayMs } from '../../resilience/retry-schedule.ts';
import { movedTo } from './moved.ts';
import { RedisConnection } from './redis-connection.ts';
import { awayError } from './redis-errors.ts';
import type { RedisNode, RedisTarget } from './redis-place.ts';

/** Nodes of a cluster that disagree may send from one to another. */
const MOVES_MAX = 4;
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
  /** The node that was the right one last; null: none was yet. */
  #last: RedisNode | null = null;

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

  /** To the node that was the right one last, or to another one that is named. */
  async #connect(): Promise<RedisConnection> {
    const { nodes } = this.#deps.target;
    const others = nodes.filter((node) => !isDeepStrictEqual(node, this.#last));
    let trouble: unknown = null;
    for (const node of this.#last === null ? nodes : [this.#last, ...others]) {
      try {
        return await this.#connectFrom(node);
      } catch (thrown) {
        trouble ??= thrown;
        // Another node would say the same.
        if (!isAway(thrown)) break;
      }
    }
    throw trouble;
  }

  /** To this node, or to the one that it says is the right one. */
  async #connectFrom(first: RedisNode): Promise<RedisConnection> {
    const { target } = this.#deps;
    let moved: unknown = null;
    for (let node = first, moves = 0; moves <= MOVES_MAX; moves += 1) {
      const connection = await RedisConnection.open(target, node);
      try {
        await this.#deps.attach(connection);
        this.#last = node;
        return connection;
      } catch (thrown) {
        connection.close();
        const next = movedTo(thrown, node);
        if (next === null) throw thrown;
        node = next;
        moved = thrown;
      }
    }
    throw moved;
  }
}

function isAway(thrown: unknown): boolean {
  return thrown instanceof AppError && (thrown.kind === 'unavailable' || thrown.kind === 'timeout');
}
