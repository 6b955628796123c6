import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KafkaCluster } from '../../../test/support/kafka-cluster.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import type { LogRecord, Sender } from '../plugin.ts';
import { kafkaSender } from './kafka.ts';

const never = new AbortController().signal;

describe("the kafka sender, to librdkafka's mock cluster", () => {
  let cluster: KafkaCluster;
  const senders: Sender[] = [];

  beforeAll(async () => {
    cluster = await KafkaCluster.start();
  });
  afterAll(async () => {
    for (const sender of senders) await sender.close();
    await cluster.stop();
  });

  async function open(more: Record<string, string> = {}): Promise<Sender> {
    const options = { kafka_host: cluster.brokers, kafka_topic: 'logs', ...more };
    const sender = await kafkaSender.configure(options).open(pluginContext());
    senders.push(sender);
    return sender;
  }

  const send = (sender: Sender, records: LogRecord[], key: string) =>
    sender.send(new ObjectRecords(records), never, { key });

  it('sends each record as a message, with its key and an id that stays the same', async () => {
    const sender = await open({ kafka_topic: 'keyed', kafka_key_field: 'user' });
    await send(
      sender,
      [
        { user: 'u', n: 1 },
        { user: 'u', n: 2 },
      ],
      'k1',
    );
    await send(sender, [{ user: 'u', record_id: 'own' }], 'k2');
    await send(
      await open({ kafka_topic: 'keyed', kafka_key_field: 'user' }),
      [{ user: 'u', n: 2 }],
      'k1.1-2',
    );

    expect(await cluster.messages('keyed', 4)).toEqual([
      'u record-id=k1:0 {"user":"u","n":1}',
      'u record-id=k1:1 {"user":"u","n":2}',
      'u record-id=own {"user":"u","record_id":"own"}',
      'u record-id=k1:1 {"user":"u","n":2}',
    ]);
  });

  it.each(['none', 'gzip', 'snappy', 'lz4'])(
    'is understood by others with compression %s',
    async (compression) => {
      const topic = `with-${compression}`;
      const records = Array.from({ length: 2_000 }, (_, n) => ({ n, text: 'the same text again' }));
      await send(await open({ kafka_topic: topic, kafka_compression: compression }), records, 'k');

      expect(await cluster.messages(topic, 2_000)).toHaveLength(2_000);
    },
  );

  it('says that no broker is there', async () => {
    const away = await open({
      kafka_host: '127.0.0.1:1',
      kafka_retry_max: '0',
      kafka_timeout: '2s',
    });

    await expect(send(away, [{}], 'k')).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
