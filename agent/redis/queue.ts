/** One value of a source that hands out values, and is told when they are settled. */
export interface QueueItem {
  readonly bytes: Buffer;
  /** What the source knows it by; empty where it needs no name. */
  readonly id: string;
}

/** A source of values, each handed out until it is settled. */
export interface Queue {
  /** How many values were settled before this process began. */
  readonly settledCount: number;
  readonly generation: number;
  /** The next values; where it may wait for some, not forever: none is no end. */
  take(countMax: number, mayWait: boolean): Promise<readonly QueueItem[]>;
  /** They are committed, in the order in which they were taken. */
  settle(items: readonly QueueItem[]): Promise<void>;
  /** What has to be known at the next start, once `items` are committed; `end`: values in all. */
  position(items: readonly QueueItem[], end: number): unknown;
  close(): void;
}
