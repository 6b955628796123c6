import type { Consumer } from '@platformatic/kafka';
import { z } from 'zod';
import type { Share, TopicPartition } from './group-member.ts';
import { clientOptions, type KafkaServer, kafkaError } from './kafka-server.ts';

/** So long brokers hold an answer back for want of messages. */
const WAIT_MS_MAX = 500;
/** Times that stand for the ends of a partition. */
const EDGES = { oldest: -2n, newest: -1n } as const;
const NO_ID = '00000000-0000-0000-0000-000000000000';

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
export type FetchedPartition = Pick<
  FetchResponse['responses'][number]['partitions'][number],
  'records' | 'abortedTransactions' | 'lastStableOffset'
>;

export interface TopicLayout {
  /** Empty: the brokers tell none. */
  readonly id: string;
  /** By partition, the broker that is asked for it; -1: none for now. */
  readonly leaders: readonly number[];
}

export interface Layout {
  readonly clusterId: string;
  readonly topics: ReadonlyMap<string, TopicLayout>;
}

export interface Asked extends TopicPartition {
  readonly offset: number;
}

/** An answer, or the codes of what was wrong, by partition; and that in words. */
interface Answer {
  readonly fetched: ReadonlyMap<string, FetchedPartition>;
  readonly failed: ReadonlyMap<string, number>;
  readonly reason: string;
}

/** What is of interest of an answer that the client makes an error of. */
const Failed = z.object({
  responses: z.array(
    z.object({
      topicId: z.string(),
      partitions: z.array(z.object({ partitionIndex: z.int(), errorCode: z.int() })),
    }),
  ),
});

export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/**
 * Asks for messages and offsets, each once: who asks knows what to do when there is no answer. It
 * has connections of its own, so that no heartbeat waits for messages.
 */
export class GroupClient {
  readonly #server: KafkaServer;
  readonly #consumer: Consumer;
  readonly #topics: readonly string[];

  private constructor(server: KafkaServer, consumer: Consumer, topics: readonly string[]) {
    this.#server = server;
    this.#consumer = consumer;
    this.#topics = topics;
    for (const topic of topics) consumer.topics.track(topic);
  }

  static async open(
    server: KafkaServer,
    group: string,
    topics: readonly string[],
  ): Promise<GroupClient> {
    const { Consumer: Client } = await import('@platformatic/kafka');
    const options = { ...(await clientOptions(server)), groupId: group, retries: false };
    return new GroupClient(server, new Client(options), topics);
  }

  /** Which partitions there are, and where; as of a few seconds ago at most. */
  async layout(): Promise<Layout> {
    const { id: clusterId, topics } = await this.#asked(this.#metadata());
    const layouts = [...topics].map(([topic, { id, partitions }]): [string, TopicLayout] => [
      topic,
      {
        id: id === topic || id === NO_ID ? '' : id,
        leaders: partitions.map(({ leader }) => leader),
      },
    ]);
    return { clusterId, topics: new Map(layouts) };
  }

  /** What was found out of the cluster is asked for again. */
  forgetLayout(): void {
    this.#consumer.clearMetadata();
  }

  /** How far the group was told to be; -1: nobody has told. */
  async told(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>> {
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, some]) => ({
      topic,
      partitions: some.map(({ partition }) => partition),
    }));
    const offsets = await this.#asked(this.#consumer.listCommittedOffsets({ topics }));
    return new Map(
      partitions.map((one) => [keyOf(one), Number(offsets.get(one.topic)?.[one.partition] ?? -1n)]),
    );
  }

  /** Tells the group in the name of a member, as long as that is one. */
  async tell(offsets: readonly Asked[], { memberId, generation }: Share): Promise<void> {
    this.#consumer.memberId = memberId;
    this.#consumer.generationId = generation;
    await this.#asked(
      this.#consumer.commit({
        offsets: offsets.map(({ topic, partition, offset }) => ({
          ...{ topic, partition, offset: BigInt(offset), leaderEpoch: -1 },
        })),
      }),
    );
  }

  /** The first message that is there, or the one that comes next. */
  async edge({ topic, partition }: TopicPartition, edge: keyof typeof EDGES): Promise<number> {
    const asked = { topics: [topic], partitions: { [topic]: [partition] }, timestamp: EDGES[edge] };
    const offsets = await this.#asked(this.#consumer.listOffsets(asked));
    return Number(offsets.get(topic)?.[partition] ?? 0n);
  }

  /** @throws AppError when there is no answer, or it is of no partition. */
  async fetch(node: number, asked: readonly Asked[], bytesMax: number): Promise<Answer> {
    const { topics: layout } = await this.#asked(this.#metadata());
    const names = new Map([...layout].map(([topic, { id }]) => [id, topic]));
    const topics = [...Map.groupBy(asked, ({ topic }) => topic)].map(([topic, some]) => ({
      topicId: layout.get(topic)?.id ?? topic,
      partitions: some.map(({ partition, offset }) => ({
        ...{ partition, fetchOffset: BigInt(offset), partitionMaxBytes: bytesMax },
        ...{ currentLeaderEpoch: -1, lastFetchedEpoch: -1 },
      })),
    }));
    const maxBytes = bytesMax;
    const limits = { minBytes: 1, maxBytes, maxWaitTime: WAIT_MS_MAX };
    const key = (topicId: string, partition: number) =>
      keyOf({ topic: names.get(topicId) ?? topicId, partition });
    try {
      const { responses } = await this.#consumer.fetch({ node, topics, ...limits });
      const fetched = responses.flatMap(({ topicId, partitions }) =>
        partitions.map((one) => [key(topicId, one.partitionIndex), one] as const),
      );
      return { fetched: new Map(fetched), failed: new Map(), reason: '' };
    } catch (thrown) {
      const failed = failedOf(thrown).map(
        ({ topicId, partition, code }) => [key(topicId, partition), code] as const,
      );
      const error = kafkaError(thrown, this.#server);
      if (failed.length === 0) throw error;
      return { fetched: new Map(), failed: new Map(failed), reason: error.message };
    }
  }

  /** Ends what is under way, too; never rejects. */
  async close(): Promise<void> {
    await this.#consumer.close().catch(() => undefined);
  }

  #metadata() {
    return this.#consumer.metadata({ topics: [...this.#topics] });
  }

  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (thrown) {
      throw kafkaError(thrown, this.#server);
    }
  }
}

/** Which partitions an error is of. */
function failedOf(thrown: unknown) {
  const response: unknown = thrown instanceof Error ? Reflect.get(thrown, 'response') : undefined;
  return (Failed.safeParse(response).data?.responses ?? []).flatMap(({ topicId, partitions }) =>
    partitions
      .filter(({ errorCode }) => errorCode !== 0)
      .map(({ partitionIndex, errorCode }) => ({
        ...{ topicId, partition: partitionIndex, code: errorCode },
      })),
  );
}
