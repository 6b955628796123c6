import { z } from 'zod';
import { stoppable } from '../../../shared/kernel/stoppable.ts';
import { COMPRESSIONS, KafkaProducer } from '../../kafka/kafka-producer.ts';
import { kafkaServerOptions } from '../../kafka/kafka-server.ts';
import { deliveryIds } from '../../records/delivery-ids.ts';
import { RecordsRefused } from '../../records/records-refused.ts';
import { ACCEPTED, type Acceptance } from '../../sink/acceptance.ts';
import { Mutex } from '../../sink/mutex.ts';
import { defineSender } from '../define.ts';
import { option } from '../option.ts';
import type { Delivery, LogRecord, Records, Sender } from '../plugin.ts';

const KafkaOptions = z.object({
  name: option.senderName(),
  ...kafkaServerOptions,
  kafka_topic: option.required('logs').describe('The topic.').meta({ example: 'logs' }),
  kafka_key_field: option
    .text('')
    .describe('A field whose value is the key: records of one key keep their order; empty: none.'),
  kafka_id_field: option
    .text('record_id')
    .describe('A field with an id of the record (record_id_key), where it has one.')
    .meta({ advanced: true }),
  kafka_compression: option.choice(COMPRESSIONS).describe('How batches are compressed.'),
  kafka_retry_max: option
    .int(3, { min: 0, max: 100 })
    .describe('So often the producer sends a batch again by itself, which brokers recognise.')
    .meta({ advanced: true }),
});
type KafkaOptions = z.output<typeof KafkaOptions>;

/**
 * Sends each record as a message; the brokers have it when all replicas that are in step do. What
 * an idempotent producer sends again because an answer was lost, the brokers recognise. After that
 * producer has given up, or its process has ended, a batch may come twice: every message has a
 * header `record-id`, the same both times, by which a consumer can tell.
 */
export const kafkaSender = defineSender({
  type: 'kafka',
  usage:
    'Sends records to a topic of Kafka; each carries an id by which one that comes twice is known.',
  options: KafkaOptions,
  secrets: ['kafka_sasl_password'],
  open: async (options) => new KafkaSender(options),
});

class KafkaSender implements Sender {
  readonly sendsKey = true;
  readonly name: string;
  readonly #options: KafkaOptions;
  readonly #turn = new Mutex();
  #producer: KafkaProducer | null = null;

  constructor(options: KafkaOptions) {
    const { name, kafka_host: host, kafka_topic: topic } = options;
    this.name = name === '' ? `kafka://${host}/${topic}` : name;
    this.#options = options;
  }

  async send(records: Records, signal: AbortSignal, { key }: Delivery): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const release = await this.#turn.acquire(signal);
    try {
      const producer = (this.#producer ??= await KafkaProducer.open(this.#options, signal));
      await stoppable(
        signal,
        () => void this.#drop(),
        () => producer.send(this.#messages(records.objects(), key)),
      );
      return ACCEPTED;
    } catch (thrown) {
      if (!(thrown instanceof RecordsRefused)) await this.#drop();
      throw thrown;
    } finally {
      release();
    }
  }

  close(): Promise<void> {
    return this.#drop();
  }

  #messages(records: readonly LogRecord[], key: string) {
    const { kafka_key_field: keyField, kafka_id_field: idField } = this.#options;
    const ids = deliveryIds(key, records, idField);
    return records.map((record, index) => ({
      key: keyField === '' ? null : textOf(record[keyField]),
      value: JSON.stringify(record),
      id: ids[index] ?? '',
    }));
  }

  async #drop(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.close();
  }
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
