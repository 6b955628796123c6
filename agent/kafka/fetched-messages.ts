import type { FetchedPartition } from './group-client.ts';

/** Bits of a batch of records. */
const IS_TRANSACTIONAL = 1 << 4;
const IS_CONTROL = 1 << 5;
/** What the key of a control record says, behind two bytes of version. */
const ABORT = 0;

/** A message that was read, or what takes its place where it is not to be seen. */
export interface ReadMessage {
  readonly offset: number;
  /** Null: a message without a value, one of a transaction that was aborted, or a mark of the brokers. */
  readonly value: Buffer | null;
}

interface Fetched {
  readonly messages: readonly ReadMessage[];
  /** Where to read on. */
  readonly next: number;
}

/** What an answer holds of a partition from offset `from` on: brokers begin with a whole batch. */
export function fetchedMessages(
  { records, abortedTransactions }: FetchedPartition,
  from: number,
): Fetched {
  const aborted = abortedOf(abortedTransactions ?? []);
  const messages: ReadMessage[] = [];
  let next = from;
  for (const batch of records ?? []) {
    const first = Number(batch.firstOffset);
    const end = first + batch.lastOffsetDelta + 1;
    const isSeen = aborted.isSeen(batch, end);
    for (const { offsetDelta, value } of batch.records) {
      const offset = first + offsetDelta;
      if (offset >= from) messages.push({ offset, value: isSeen ? value : null });
    }
    next = Math.max(next, end);
  }
  return { messages, next };
}

type RecordsBatch = NonNullable<FetchedPartition['records']>[number];
type AbortedTransaction = NonNullable<FetchedPartition['abortedTransactions']>[number];

/** Which producers' messages are of a transaction that was aborted, batch by batch. */
function abortedOf(transactions: readonly AbortedTransaction[]) {
  const waiting = transactions.toSorted((a, b) => Number(a.firstOffset - b.firstOffset));
  const aborted = new Set<bigint>();
  return {
    isSeen(batch: RecordsBatch, end: number): boolean {
      for (let [first] = waiting; first !== undefined; [first] = waiting) {
        if (Number(first.firstOffset) >= end) break;
        aborted.add(first.producerId);
        waiting.shift();
      }
      if ((batch.attributes & IS_CONTROL) !== 0) {
        if (batch.records[0]?.key?.readInt16BE(2) === ABORT) aborted.delete(batch.producerId);
        return false;
      }
      return (batch.attributes & IS_TRANSACTIONAL) === 0 || !aborted.has(batch.producerId);
    },
  };
}
