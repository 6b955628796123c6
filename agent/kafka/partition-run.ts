import { crc32 } from 'node:zlib';
import type { BatchLimits, SealedRange, SourceBatch } from '../plugins/plugin.ts';
import { countWithin, valueLines } from '../records/value-lines.ts';
import { fetchedMessages, type ReadMessage } from './fetched-messages.ts';
import type { FetchedPartition } from './group-client.ts';
import type { TopicPartition } from './group-member.ts';
import type { Position } from './partition-position.ts';

interface PartitionRunOf extends TopicPartition {
  readonly source: string;
  readonly origin: string;
  readonly position: Position;
  readonly sealed: SealedRange | undefined;
  /** Nobody has read it before, and what came before is not read: that is to be kept. */
  readonly isBegunLate: boolean;
}

/** One partition while it is this member's: what is fetched of it, and how far it is handed out. */
export class PartitionRun {
  readonly topic: string;
  readonly partition: number;
  readonly source: string;
  readonly topicId: string;
  readonly #origin: string;
  #generation: number;
  #held: ReadMessage[] = [];
  #heldBytes = 0;
  /** Where the next batch begins, and where to fetch on. */
  #start: number;
  #next: number;
  /** Where the batch ended that was on its way when the process did; null: there was none. */
  #exactEnd: number | null;
  #isOpening: boolean;
  #high = 0;
  #seen = { messages: 0, bytes: 0 };

  constructor({ topic, partition, source, origin, position, sealed, isBegunLate }: PartitionRunOf) {
    this.topic = topic;
    this.partition = partition;
    this.source = source;
    this.#origin = origin;
    this.topicId = position.topic;
    this.#generation = position.generation;
    this.#start = position.offset;
    this.#next = position.offset;
    const isIt = sealed?.generation === position.generation && sealed.start === position.offset;
    this.#exactEnd = isIt && sealed.end > sealed.start ? sealed.end : null;
    this.#isOpening = isBegunLate;
  }

  /** Where to fetch on. */
  get next(): number {
    return this.#next;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** About how many bytes are there that are not handed out, as last seen. */
  get lagBytes(): number {
    const { messages, bytes } = this.#seen;
    const behind = Math.max(0, this.#high - this.#start);
    return messages === 0 ? 0 : Math.round((behind * bytes) / messages);
  }

  /** Whether there are messages for a batch, or for the one that has to come again. */
  get hasBatch(): boolean {
    if (this.#exactEnd !== null) return this.#next >= this.#exactEnd;
    return this.#isOpening || this.#held.length > 0;
  }

  /** Whether that one need not wait for more. */
  isFull({ lines, bytes }: BatchLimits): boolean {
    if (this.#exactEnd !== null || this.#isOpening) return this.hasBatch;
    return this.#heldBytes >= bytes || (lines > 0 && this.#held.length >= lines);
  }

  /** Whether it waits for the rest of the batch that has to come again, however much that is. */
  get isIncomplete(): boolean {
    return this.#exactEnd !== null && !this.hasBatch;
  }

  add(fetched: FetchedPartition): void {
    const { messages, next } = fetchedMessages(fetched, this.#next);
    const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    this.#held.push(...messages);
    this.#heldBytes += bytes;
    this.#seen = {
      messages: this.#seen.messages + messages.length,
      bytes: this.#seen.bytes + bytes,
    };
    this.#next = next;
    this.#high = Math.max(next, Number(fetched.lastStableOffset));
  }

  /**
   * The next message is not there: what lay before `oldest` is gone, or the partition was made anew
   * and ends before it. Gives how many messages are missing.
   */
  relocate(oldest: number, newest: number, generation: number): number {
    this.#exactEnd = null;
    if (this.#next < oldest) {
      const missing = oldest - this.#next;
      this.#next = oldest;
      if (this.#held.length === 0) this.#start = oldest;
      return missing;
    }
    if (this.#next <= newest) return 0;
    this.#generation = generation;
    this.#held = [];
    this.#heldBytes = 0;
    this.#start = oldest;
    this.#next = oldest;
    return 0;
  }

  /** The next batch; it may have no lines, and carries how far the partition is read then. */
  take(limits: BatchLimits): SourceBatch & { readonly position: Position } {
    const messages = this.#held.splice(0, this.#count(limits));
    const lines = valueLines(messages.map(({ offset, value }) => ({ offset, bytes: value })));
    const last = messages.at(-1)?.offset ?? this.#start - 1;
    const end = this.#exactEnd ?? (this.#held.length === 0 ? this.#next : last + 1);
    const [generation, start] = [this.#generation, this.#start];
    this.#heldBytes -= messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    this.#start = end;
    this.#exactEnd = null;
    this.#isOpening = false;
    return {
      ...{ source: this.source, origin: this.#origin, ...lines, firstLine: null },
      range: { generation, start, end, crc: crc32(lines.bytes) },
      position: { generation, topic: this.topicId, offset: end },
    };
  }

  #count(limits: BatchLimits): number {
    const end = this.#exactEnd;
    if (end === null) return countWithin(this.#messageBytes(), limits);
    const beyond = this.#held.findIndex(({ offset }) => offset >= end);
    return beyond === -1 ? this.#held.length : beyond;
  }

  #messageBytes() {
    return this.#held.map(({ value }) => ({ bytes: value }));
  }
}
