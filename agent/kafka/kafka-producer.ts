import type { Producer } from '@platformatic/kafka';
import type { AppError } from '../../shared/kernel/errors.ts';
import { stoppable } from '../../shared/kernel/stoppable.ts';
import { RecordsRefused } from '../records/records-refused.ts';
import { clientOptions, codesOf, type KafkaServer, kafkaError } from './kafka-server.ts';

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** By which an id travels with each message. */
export const ID_HEADER = 'record-id';
/** Codes of the protocol that say something of what is in a message. */
const CONTENT_CODES: readonly number[] = [2, 10, 18, 87];

export interface KafkaTarget extends KafkaServer {
  readonly kafka_topic: string;
  readonly kafka_compression: (typeof COMPRESSIONS)[number];
  readonly kafka_retry_max: number;
}

/** A record on its way to a topic. */
export interface KafkaMessage {
  /** Messages of the same key go to the same partition; null: to any. */
  readonly key: string | null;
  readonly value: string;
  readonly id: string;
}

type BufferProducer = Producer;

/** One producer of its own id: what it sends again because an answer was lost, brokers know. */
export class KafkaProducer {
  readonly #producer: BufferProducer;
  readonly #target: KafkaTarget;

  private constructor(producer: BufferProducer, target: KafkaTarget) {
    this.#producer = producer;
    this.#target = target;
  }

  /** @throws AppError `unavailable`, or `invalid` when the brokers do not let the user in. */
  static async open(target: KafkaTarget, signal: AbortSignal): Promise<KafkaProducer> {
    const { Producer } = await import('@platformatic/kafka');
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
      ...(await clientOptions(target)),
      idempotent: true,
      autocreateTopics: true,
      compression: target.kafka_compression,
      // To the client 0 is as good as its default.
      retries: target.kafka_retry_max === 0 ? false : target.kafka_retry_max,
    });
    const opened = new KafkaProducer(producer, target);
    try {
      // Nothing is known of an id yet, and the protocol says so by -1.
      const first = { producerId: -1n, producerEpoch: -1 };
      await stoppable(
        signal,
        () => void opened.close(),
        () => producer.initIdempotentProducer(first),
      );
    } catch (thrown) {
      await opened.close();
      throw sendError(thrown, target);
    }
    return opened;
  }

  /** Resolves when every replica that is in step has all of them. */
  async send(messages: readonly KafkaMessage[]): Promise<void> {
    const { kafka_topic: topic } = this.#target;
    try {
      await this.#producer.send({
        messages: messages.map(({ key, value, id }) => ({
          topic,
          ...(key === null ? {} : { key: Buffer.from(key) }),
          value: Buffer.from(value),
          headers: new Map([[Buffer.from(ID_HEADER), Buffer.from(id)]]),
        })),
      });
    } catch (thrown) {
      throw sendError(thrown, this.#target);
    }
  }

  async close(): Promise<void> {
    await this.#producer.close().catch(() => undefined);
  }
}

/** Where what is wrong is in the messages themselves, another kind of error. */
function sendError(thrown: unknown, target: KafkaTarget): AppError {
  const error = kafkaError(thrown, target);
  const isContent = codesOf(thrown).some((code) => CONTENT_CODES.includes(code));
  return isContent ? new RecordsRefused(error.message) : error;
}
