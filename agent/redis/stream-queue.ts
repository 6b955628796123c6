import { z } from 'zod';
import { AppError } from '../../shared/kernel/errors.ts';
import type { Queue, QueueItem } from './queue.ts';
import type { RedisConnection } from './redis-server.ts';

const Position = z.object({ settled: z.int().nonnegative(), last: z.string() });
const Reply = z.array(
  z.tuple([z.unknown(), z.array(z.tuple([z.string(), z.array(z.string()).nullable()]))]),
);
const Claimed = z.tuple([z.string(), z.array(z.unknown())]).rest(z.unknown());

interface StreamQueueOf {
  /** Answers at once; the other one waits for entries. */
  readonly connection: RedisConnection;
  readonly waiting: RedisConnection;
  readonly key: string;
  readonly group: string;
  readonly consumer: string;
  /** The field that is the line; empty: all of them, as a JSON object. */
  readonly field: string;
  readonly isFromStart: boolean;
  /** Entries that another consumer has had for so long are taken over; 0: never. */
  readonly claimIdleMs: number;
  readonly position: unknown;
  readonly waitMs: number;
}

/**
 * A stream, read as one consumer of a group: entries are acknowledged when they are settled. Those
 * that this consumer was given before and that are not acknowledged come first, but for those that
 * are known to be committed.
 */
export class StreamQueue implements Queue {
  readonly generation = 0;
  readonly settledCount: number;
  readonly #of: StreamQueueOf;
  /** Those that were given before, by consumer, and behind which of them to look. */
  #pending: Pending[];
  #isClaimed = false;
  /** Taken over from others: they say nothing of how far this consumer is. */
  readonly #foreign = new Set<string>();
  #last: string;

  private constructor(of: StreamQueueOf) {
    const { settled, last } = Position.safeParse(of.position).data ?? { settled: 0, last: '0-0' };
    this.#of = of;
    this.settledCount = settled;
    this.#last = last;
    this.#pending = [
      { consumer: claimerOf(of), after: '0' },
      { consumer: of.consumer, after: '0' },
    ];
  }

  static async open(of: StreamQueueOf): Promise<StreamQueue> {
    const { connection, key, group, isFromStart } = of;
    try {
      await connection.ask('XGROUP', 'CREATE', key, group, isFromStart ? '0' : '$', 'MKSTREAM');
    } catch (thrown) {
      const isThere = thrown instanceof AppError && thrown.message.includes('BUSYGROUP');
      if (!isThere) throw thrown;
    }
    const queue = new StreamQueue(of);
    await queue.#acknowledgeCommitted();
    return queue;
  }

  async take(countMax: number, mayWait: boolean): Promise<readonly QueueItem[]> {
    const before = await this.#takePending(countMax);
    if (before.length > 0) return before;
    if (!this.#isClaimed) {
      this.#isClaimed = true;
      await this.#claim();
      return this.take(countMax, mayWait);
    }
    const { waiting, key, group, consumer, waitMs } = this.#of;
    const block = mayWait ? (['BLOCK', waitMs] as const) : [];
    const words = ['GROUP', group, consumer, 'COUNT', countMax, ...block] as const;
    const reply = await waiting.ask('XREADGROUP', ...words, 'STREAMS', key, '>');
    return this.#items(entriesOf(reply));
  }

  async #takePending(countMax: number): Promise<readonly QueueItem[]> {
    const { connection, key, group } = this.#of;
    for (let [next] = this.#pending; next !== undefined; [next] = this.#pending) {
      const { consumer, after } = next;
      const words = ['GROUP', group, consumer, 'COUNT', countMax, 'STREAMS', key, after] as const;
      const entries = entriesOf(await connection.ask('XREADGROUP', ...words));
      const last = entries.at(-1);
      if (last === undefined) {
        this.#pending.shift();
        continue;
      }
      this.#pending[0] = { consumer, after: last[0] };
      if (consumer !== this.#of.consumer) for (const [id] of entries) this.#foreign.add(id);
      return this.#items(entries);
    }
    return [];
  }

  async settle(items: readonly QueueItem[]): Promise<void> {
    await this.#acknowledge(items.map(({ id }) => id));
    for (const { id } of items) this.#foreign.delete(id);
  }

  position(items: readonly QueueItem[], end: number): z.infer<typeof Position> {
    const own = items.map(({ id }) => id).filter((id) => !this.#foreign.has(id));
    const last = own.reduce(later, this.#last);
    this.#last = last;
    return { settled: end, last };
  }

  close(): void {
    this.#of.connection.close();
    this.#of.waiting.close();
  }

  /** The process ended between the commit and the acknowledgement. */
  async #acknowledgeCommitted(): Promise<void> {
    const { connection, key, group, consumer } = this.#of;
    for (let after = '0'; ; ) {
      const words = ['GROUP', group, consumer, 'COUNT', 1_000, 'STREAMS', key, after] as const;
      const ids = entriesOf(await connection.ask('XREADGROUP', ...words)).map(([id]) => id);
      const committed = ids.filter((id) => later(id, this.#last) === this.#last);
      await this.#acknowledge(committed);
      if (committed.length < ids.length || ids.length === 0) return;
      after = ids.at(-1) ?? after;
    }
  }

  /**
   * From consumers that are not seen any more, to a consumer of its own: which of these entries were
   * committed is not known, so that they may come twice, and never not at all.
   */
  async #claim(): Promise<void> {
    const { connection, key, group, claimIdleMs } = this.#of;
    if (claimIdleMs === 0) return;
    const consumer = claimerOf(this.#of);
    for (let start = '0-0'; ; ) {
      const words = [key, group, consumer, claimIdleMs, start, 'COUNT', 1_000, 'JUSTID'] as const;
      const [next] = Claimed.parse(await connection.ask('XAUTOCLAIM', ...words));
      if (next === '0-0') break;
      start = next;
    }
    this.#pending.push({ consumer, after: '0' });
  }

  async #acknowledge(ids: readonly string[]): Promise<void> {
    const { connection, key, group } = this.#of;
    if (ids.length > 0) await connection.ask('XACK', key, group, ...ids);
  }

  /** An entry that was deleted meanwhile has no fields, and makes no line. */
  #items(entries: readonly Entry[]): QueueItem[] {
    return entries.map(([id, words]) => ({ id, bytes: Buffer.from(this.#line(words ?? [])) }));
  }

  #line(words: readonly string[]): string {
    const fields: Record<string, string> = {};
    for (let index = 0; index + 1 < words.length; index += 2) {
      fields[words[index] ?? ''] = words[index + 1] ?? '';
    }
    const { field } = this.#of;
    if (field !== '' && Object.hasOwn(fields, field)) return fields[field] ?? '';
    return words.length === 0 ? '' : JSON.stringify(fields);
  }
}

interface Pending {
  readonly consumer: string;
  readonly after: string;
}

function claimerOf({ consumer }: StreamQueueOf): string {
  return `${consumer}:claimed`;
}

type Entry = readonly [string, readonly string[] | null];

function entriesOf(reply: unknown): readonly Entry[] {
  return reply === null ? [] : (Reply.parse(reply)[0]?.[1] ?? []);
}

/** Of two ids, `ms-number` each. */
function later(a: string, b: string): string {
  const [aMs = 0n, aNumber = 0n] = a.split('-').map(BigInt);
  const [bMs = 0n, bNumber = 0n] = b.split('-').map(BigInt);
  if (aMs !== bMs) return aMs > bMs ? a : b;
  return aNumber > bNumber ? a : b;
}
