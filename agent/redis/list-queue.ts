import { z } from 'zod';
import type { Queue, QueueItem } from './queue.ts';
import type { RedisConnection } from './redis-server.ts';

/** Forgets the first values of the list, and counts them. */
const SETTLE = `redis.call('LTRIM', KEYS[1], ARGV[1], -1)
return redis.call('HINCRBY', KEYS[2], 'settled', ARGV[1])`;

const Position = z.object({ generation: z.number(), settled: z.int().nonnegative() });

interface ListQueueOf {
  /** Answers at once. */
  readonly connection: RedisConnection;
  readonly key: string;
  /** Moves values from there to the list of this runner; of `TAKING`, and what it is told besides. */
  readonly script: string;
  readonly word: string;
  /** Waits for a value, and may move one to that list, too: it says which. */
  readonly wait: (list: string) => Promise<readonly unknown[]>;
  readonly runner: string;
  readonly position: unknown;
  readonly nowMs: number;
  readonly close: () => void;
}

/**
 * A key whose values move to a list of this runner when they are taken, and out of that when they
 * are settled; it is counted beside it how many were. What was committed and not yet told when the
 * process ended is told at the next start; so each value is handed out once.
 */
export class ListQueue implements Queue {
  readonly generation: number;
  readonly settledCount: number;
  readonly #of: ListQueueOf;
  /** Values that are in the list of this runner and not yet taken by this process. */
  #left: number;
  /** Values of that list that are taken, and not settled. */
  #taken = 0;

  private constructor(
    of: ListQueueOf,
    facts: { generation: number; settled: number; left: number },
  ) {
    this.#of = of;
    this.generation = facts.generation;
    this.settledCount = facts.settled;
    this.#left = facts.left;
  }

  static async open(of: ListQueueOf): Promise<ListQueue> {
    const { connection, key, runner } = of;
    const [list, mark] = ownKeys(key, runner);
    await connection.ask('HSETNX', mark, 'generation', of.nowMs);
    const generation = Number(await connection.ask('HGET', mark, 'generation'));
    let settled = Number((await connection.ask('HGET', mark, 'settled')) ?? 0);
    const known = Position.safeParse(of.position).data;
    const untold = known?.generation === generation ? known.settled - settled : 0;
    if (untold > 0) settled = Number(await connection.ask('EVAL', SETTLE, 2, list, mark, untold));
    const left = Number(await connection.ask('LLEN', list));
    return new ListQueue(of, { generation, settled, left });
  }

  async take(countMax: number, mayWait: boolean): Promise<readonly QueueItem[]> {
    const { connection, key, script, word, runner } = this.#of;
    const [list] = ownKeys(key, runner);
    if (this.#left > 0) {
      const from = this.#taken;
      const to = from + Math.min(this.#left, countMax) - 1;
      const values = await connection.askBytes('LRANGE', list, from, to);
      return this.#took(values, (count) => (this.#left -= count));
    }
    const now = await connection.askBytes('EVAL', script, 2, key, list, countMax, word);
    const items = this.#took(now, () => undefined);
    if (items.length > 0 || !mayWait) return items;
    return this.#took(await this.#of.wait(list), () => undefined);
  }

  async settle(items: readonly QueueItem[]): Promise<void> {
    const { connection, key, runner } = this.#of;
    this.#taken -= items.length;
    await connection.ask('EVAL', SETTLE, 2, ...ownKeys(key, runner), items.length);
  }

  position(_items: readonly QueueItem[], end: number): z.infer<typeof Position> {
    return { generation: this.generation, settled: end };
  }

  close(): void {
    this.#of.close();
  }

  #took(values: unknown, count: (taken: number) => void): readonly QueueItem[] {
    const bytes = Array.isArray(values) ? values.filter((value) => Buffer.isBuffer(value)) : [];
    this.#taken += bytes.length;
    count(bytes.length);
    return bytes.map((value) => ({ bytes: value, id: '' }));
  }
}

/** In the same slot of a cluster as the list: a part in braces says which. */
function ownKeys(key: string, runner: string): [list: string, mark: string] {
  const tagged = /\{.+?\}/.test(key) ? key : `{${key}}`;
  return [`${tagged}:taken:${runner}`, `${tagged}:settled:${runner}`];
}
