import { Bell } from '../../shared/kernel/bell.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { Queue, QueueItem } from './queue.ts';
import type { RedisConnection } from './redis-server.ts';

/** Messages that are held while the senders are busy; more are lost, and that is said. */
const HELD_MAX = 100_000;

/**
 * Messages of channels: who listens gets them, and nobody keeps them. What is published while this
 * process does not run, or runs over, is lost.
 */
export class ChannelQueue implements Queue {
  readonly generation: number;
  readonly settledCount = 0;
  readonly #connection: RedisConnection;
  readonly #signal: AbortSignal;
  readonly #bell = new Bell();
  #held: QueueItem[] = [];
  #lost = 0;
  #hasEnded = false;

  private constructor(connection: RedisConnection, generation: number, signal: AbortSignal) {
    this.#connection = connection;
    this.generation = generation;
    this.#signal = signal;
  }

  static async open(
    connection: RedisConnection,
    channel: { readonly name: string; readonly isPattern: boolean },
    { nowMs, signal }: { readonly nowMs: number; readonly signal: AbortSignal },
  ): Promise<ChannelQueue> {
    const queue = new ChannelQueue(connection, nowMs, signal);
    await connection.subscribe(channel.name, {
      isPattern: channel.isPattern,
      onMessage: (bytes) => queue.#hold({ bytes, id: '' }),
      onEnd: () => queue.#end(),
    });
    return queue;
  }

  /** How many messages were lost because they came sooner than they could be sent. */
  get lost(): number {
    return this.#lost;
  }

  async take(countMax: number, mayWait: boolean): Promise<readonly QueueItem[]> {
    if (this.#held.length === 0 && !this.#hasEnded && mayWait) await this.#bell.heard(this.#signal);
    if (this.#held.length === 0 && this.#hasEnded && !this.#signal.aborted) {
      throw new AppError('unavailable', 'redis has closed the connection');
    }
    return this.#held.splice(0, countMax);
  }

  async settle(): Promise<void> {
    // Nobody wants to know.
  }

  position(): null {
    return null;
  }

  close(): void {
    this.#connection.close();
  }

  #hold(item: QueueItem): void {
    if (this.#held.length < HELD_MAX) this.#held.push(item);
    else this.#lost += 1;
    this.#bell.ring();
  }

  #end(): void {
    this.#hasEnded = true;
    this.#bell.ring();
  }
}
