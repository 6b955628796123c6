import { describe, expect, it } from 'vitest';
import { fetchedMessages } from './fetched-messages.ts';
import type { FetchedPartition } from './group-client.ts';

const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const ABORT = Buffer.from([0, 0, 0, 0]);
const COMMIT = Buffer.from([0, 0, 0, 1]);

type RecordsBatch = NonNullable<FetchedPartition['records']>[number];
type KafkaRecord = RecordsBatch['records'][number];

interface BatchOf {
  readonly first: number;
  /** By how far each message is behind the first. */
  readonly values: readonly (readonly [delta: number, value: string | null])[];
  readonly lastDelta?: number;
  readonly attributes?: number;
  readonly producer?: bigint;
  readonly key?: Buffer;
}

function batch({ first, values, ...more }: BatchOf): RecordsBatch {
  const { lastDelta = values.at(-1)?.[0] ?? 0, attributes = 0, producer = -1n, key = null } = more;
  const records = values.map(
    ([offsetDelta, value]): KafkaRecord => ({
      ...{ length: 0, attributes: 0, timestampDelta: 0n, offsetDelta, key, headers: [] },
      value: value === null ? null : Buffer.from(value),
    }),
  );
  return {
    ...{ firstOffset: BigInt(first), length: 0, partitionLeaderEpoch: 0, magic: 2, crc: 0 },
    ...{ attributes, lastOffsetDelta: lastDelta, firstTimestamp: 0n, maxTimestamp: 0n },
    ...{ producerId: producer, producerEpoch: 0, firstSequence: 0, records },
  };
}

const ended = (first: number, producer: bigint, key: Buffer) =>
  batch({ first, values: [[0, 'x']], attributes: TRANSACTIONAL | CONTROL, producer, key });
const sent = (first: number, producer: bigint, value: string) =>
  batch({ first, values: [[0, value]], attributes: TRANSACTIONAL, producer });

interface Case {
  readonly why: string;
  readonly records: readonly RecordsBatch[];
  readonly aborted?: readonly (readonly [producerId: bigint, firstOffset: bigint])[];
  readonly from: number;
  readonly messages: readonly (readonly [number, string | null])[];
  readonly next: number;
}

describe('what is fetched of a partition', () => {
  it.each<Case>([
    {
      why: 'begins in the midst of a batch, where it was asked from there',
      records: [
        batch({
          first: 10,
          values: [
            [0, 'a'],
            [1, 'b'],
            [2, null],
          ],
        }),
      ],
      from: 11,
      messages: [
        [11, 'b'],
        [12, null],
      ],
      next: 13,
    },
    {
      why: 'goes on behind messages that were compacted away, all of them if need be',
      records: [
        batch({ first: 0, values: [[3, 'a']], lastDelta: 9 }),
        batch({ first: 10, values: [], lastDelta: 4 }),
      ],
      from: 0,
      messages: [[3, 'a']],
      next: 15,
    },
    {
      why: 'does not show what was aborted, and shows what others sent meanwhile and was committed later',
      records: [
        sent(0, 7n, 'gone'),
        sent(1, 8n, 'committed'),
        batch({ first: 2, values: [[0, 'plain']] }),
        ended(3, 7n, ABORT),
        ended(4, 8n, COMMIT),
        sent(5, 7n, 'next'),
        ended(6, 7n, COMMIT),
      ],
      aborted: [[7n, 0n]],
      from: 0,
      messages: [
        [0, null],
        [1, 'committed'],
        [2, 'plain'],
        [3, null],
        [4, null],
        [5, 'next'],
        [6, null],
      ],
      next: 7,
    },
    {
      why: 'knows two transactions of one producer apart, and one that ends in a later answer',
      records: [
        sent(0, 7n, 'gone'),
        ended(1, 7n, ABORT),
        sent(2, 7n, 'there'),
        ended(3, 7n, COMMIT),
        sent(4, 7n, 'gone, too'),
      ],
      aborted: [
        [7n, 4n],
        [7n, 0n],
      ],
      from: 0,
      messages: [
        [0, null],
        [1, null],
        [2, 'there'],
        [3, null],
        [4, null],
      ],
      next: 5,
    },
    { why: 'is nothing', records: [], from: 5, messages: [], next: 5 },
  ])('$why', ({ records, aborted = [], from, messages, next }) => {
    const abortedTransactions = aborted.map(([producerId, firstOffset]) => ({
      ...{ producerId, firstOffset },
    }));
    const fetched = fetchedMessages(
      { records: [...records], abortedTransactions, lastStableOffset: 0n },
      from,
    );

    expect(
      fetched.messages.map(({ offset, value }) => [offset, value?.toString() ?? null]),
    ).toEqual(messages);
    expect(fetched.next).toBe(next);
  });
});
