import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KafkaCluster } from '../../../test/support/kafka-cluster.ts';
import { KafkaConsumer } from '../../../test/support/kafka-consumer.ts';
import { Pulled } from '../../../test/support/pulled.ts';
import { Reading } from '../../../test/support/reading.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { ObjectRecords } from '../../records/object-records.ts';
import { recordIds } from '../../records/record-ids.ts';
import { kafkaReader } from './kafka.ts';

const PARTITIONS = [0, 1, 2, 3];

/** Texts that tell which message they are. */
function words(partition: number, from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `p${partition} m${from + index}`);
}

/** A reader that is opened again when it fails, with the positions that it left, as a runner does. */
class Reopened {
  readonly #options: Record<string, string>;
  readonly #past: string[] = [];
  readonly #done: Promise<void>;
  #reading: Reading;

  constructor(options: Record<string, string>) {
    this.#options = options;
    this.#reading = new Reading(kafkaReader, options);
    this.#done = this.#run();
  }

  get lines(): string[] {
    return [...this.#past, ...this.#reading.lines];
  }

  has(line: string): boolean {
    return this.lines.includes(line);
  }

  async stop(): Promise<void> {
    await this.#reading.stop();
    await this.#done;
  }

  async #run(): Promise<void> {
    while ((await this.#reading.failure()) !== null) {
      const { lines, positions } = this.#reading;
      this.#reading = new Reading(kafkaReader, this.#options, { positions });
      this.#past.push(...lines);
    }
  }
}

// A group takes its time to come together, so that each test has one of its own, and all at once.
describe.concurrent("the kafka reader, of librdkafka's mock cluster", () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await KafkaCluster.start();
  });
  afterAll(() => cluster.stop());

  const options = (name: string, more: Record<string, string> = {}) => ({
    ...{ kafka_host: cluster.brokers, kafka_topic: name, kafka_groupid: name },
    ...{ kafka_session_timeout: '4s', ...more },
  });

  it('reads every partition, and goes on where it stopped', async () => {
    for (const partition of PARTITIONS) {
      await cluster.produce('on', words(partition, 0, 5), partition);
    }
    const first = new Reading(kafkaReader, options('on'));
    await first.until(20);
    const positions = await first.stop();
    await cluster.produce('on', words(2, 5, 8), 2);
    const second = new Reading(kafkaReader, options('on'), { positions });
    await second.until(3);
    await second.stop();

    expect(first.lines.toSorted()).toEqual(PARTITIONS.flatMap((one) => words(one, 0, 5)));
    expect(first.reader.lag()).toEqual({ bytes: 0 });
    expect(second.lines).toEqual(words(2, 5, 8));
    expect(second.batches[0]).toMatchObject({
      origin: `kafka://${cluster.brokers}/on/2`,
      range: { generation: 0, start: 5 },
    });
  });

  it('makes no line of a message without a value, and knows each by its offset', async () => {
    await cluster.produce('holes', ['a', '', 'b', '  ', 'c']);
    const reading = new Reading(kafkaReader, options('holes'));
    await reading.until(3);
    await reading.stop();

    const [batch] = reading.batches;
    expect(reading.lines).toEqual(['a', 'b', 'c']);
    expect(batch?.range).toMatchObject({ start: 0, end: 5 });
    const records = new ObjectRecords([{}, {}, {}]);
    const parsed = { records, success: 3, errors: 0, dropped: 0, lastError: '', lineOf: null };
    const ids = batch === undefined ? [] : recordIds(batch, parsed);
    expect(ids.map((id) => id.split('/').at(-1))).toEqual(['0:0:0', '0:0:2', '0:0:4']);
  });

  it('hands out again what is not committed, in the very same batch, whatever the group was told', async () => {
    await cluster.produce('again', words(0, 0, 30));
    const given = { limits: { lines: 10 } };
    const first = new Reading(kafkaReader, options('again'), { ...given, isUnsettled: true });
    await first.until(30);
    await first.stop();
    const [one] = first.batches;

    const again = new Reading(kafkaReader, options('again'), {
      positions: new Map([[first.source, one?.position]]),
      sealed: new Map([[first.source, first.rangeOf(1)]]),
      limits: { lines: 3 },
    });
    await again.until(20);
    await again.stop();

    expect(again.batches.slice(0, 2).map(({ lines }) => lines)).toEqual([10, 3]);
    expect(again.rangeOf(0)).toEqual(first.rangeOf(1));
    expect(again.lines).toEqual(words(0, 10, 30));
  });

  it('goes on behind what another agent of the group has settled', async () => {
    await cluster.produce('other', words(0, 0, 4));
    const first = new Reading(kafkaReader, options('other'));
    await first.until(4);
    await first.stop();
    await cluster.produce('other', words(0, 4, 6));
    const second = new Reading(kafkaReader, options('other'), { runner: 'r2' });
    await second.until(2);
    await second.stop();

    expect(second.lines).toEqual(words(0, 4, 6));
  });

  it('goes on behind what it has committed, where the group was not told of it', async () => {
    await cluster.produce('own', words(0, 0, 4));
    const first = new Reading(kafkaReader, options('own'), { isUnsettled: true });
    await first.until(4);
    await first.stop();
    await cluster.produce('own', words(0, 4, 6));
    const positions = new Map(first.batches.map(({ source, position }) => [source, position]));
    const second = new Reading(kafkaReader, options('own'), { positions });
    await second.until(2);
    await second.stop();
    await cluster.produce('own', words(0, 6, 7));
    const third = new Reading(kafkaReader, options('own'), { runner: 'r2' });
    await third.until(1);
    await third.stop();

    expect(second.lines).toEqual(words(0, 4, 6));
    expect(third.lines).toEqual(words(0, 6, 7));
  });

  /** A message to each partition of a topic; gives all that were sent so far. */
  async function sendToAll(topic: string, sent: readonly string[] = []): Promise<string[]> {
    const lines = PARTITIONS.map((partition) => `p${partition} m${sent.length}`);
    for (const [partition, line] of lines.entries())
      await cluster.produce(topic, [line], partition);
    return [...sent, ...lines];
  }

  it('shares the partitions with another client of its group, and takes over when that leaves', async () => {
    const other = await KafkaConsumer.join(cluster, 'shared');
    const reading = new Reopened(options('shared'));
    let sent: string[] = [];
    await waitFor('a share of each', async () => {
      sent = await sendToAll('shared', sent);
      return other.assigned === 2 && reading.lines.length > 0;
    });
    await other.leave();
    sent = await sendToAll('shared', sent);
    await waitFor('all partitions', () => sent.slice(-4).every((line) => reading.has(line)));
    await reading.stop();

    expect(new Set([...other.lines, ...reading.lines])).toEqual(new Set(sent));
    expect(new Set(reading.lines).size).toBe(reading.lines.length);
  });

  it('shares the partitions with another of its kind, which goes on where it stops', async () => {
    const pair = [new Reopened(options('pair')), new Reopened(options('pair'))] as const;
    const [one, two] = pair;
    let sent: string[] = [];
    await waitFor('a share of each', async () => {
      sent = await sendToAll('pair', sent);
      return pair.every(({ lines }) => lines.length > 0);
    });
    await waitFor('all', () => sent.every((line) => one.has(line) || two.has(line)));
    await one.stop();
    sent = await sendToAll('pair', sent);
    await waitFor('all partitions', () => sent.slice(-4).every((line) => two.has(line)));
    await two.stop();

    expect(new Set([...one.lines, ...two.lines])).toEqual(new Set(sent));
    for (const { lines } of pair) expect(new Set(lines).size).toBe(lines.length);
  });

  it('leaves to others of its group what it has not read', async () => {
    await cluster.produce('left', words(0, 0, 20));
    const reading = new Reading(kafkaReader, options('left'), { limits: { lines: 10 } });
    await reading.until(20);
    await reading.stop();
    await cluster.produce('left', words(0, 20, 25));
    const other = await KafkaConsumer.join(cluster, 'left');
    await waitFor('the rest', () => other.lines.length >= 5);
    await other.leave();

    expect(other.lines).toEqual(words(0, 20, 25));
  });

  it('begins with what comes, where it is told so, and remembers where that was', async () => {
    await cluster.produce('newest', words(0, 0, 3));
    const given = options('newest', { read_from: 'newest' });
    const first = new Reading(kafkaReader, given);
    await waitFor('a place in each partition', () => first.positions.size === 4);
    const positions = await first.stop();
    await cluster.produce('newest', words(0, 3, 5));
    const second = new Reading(kafkaReader, given, { positions });
    await second.until(2);
    await second.stop();

    expect(first.lines).toEqual([]);
    expect(second.lines).toEqual(words(0, 3, 5));
  });

  it('reads several topics', async () => {
    await cluster.produce('several1', ['a']);
    await cluster.produce('several2', ['b']);
    const reading = new Reading(
      kafkaReader,
      options('several', { kafka_topic: 'several1, several2' }),
    );
    await reading.until(2);
    await reading.stop();

    expect(reading.lines.toSorted()).toEqual(['a', 'b']);
  });

  it('takes messages that are larger than a batch, one at a time', async () => {
    const large = [1, 2, 3].map((n) => String(n).repeat(800_000));
    await cluster.produce('large', large);
    const reading = new Reading(kafkaReader, options('large'), { limits: { bytes: 65_536 } });
    await reading.until(3);
    await reading.stop();

    expect(reading.lines).toEqual(large);
    expect(reading.batches.map(({ lines }) => lines)).toEqual([1, 1, 1]);
  });

  it('goes on with the oldest that is left, and tells how many are gone', async () => {
    await cluster.produce('gone', ['first']);
    const first = new Reading(kafkaReader, options('gone'));
    await first.until(1);
    const positions = await first.stop();
    // More than the cluster keeps of a partition.
    const sent = Array.from({ length: 70 }, (_, n) => `m${n} ${'x'.repeat(100_000)}`);
    await cluster.produce('gone', sent);
    const second = new Reading(kafkaReader, options('gone'), { positions });
    await waitFor('the last one', () => second.lines.at(-1) === sent.at(-1));
    const trouble = second.reader.trouble();
    await second.stop();

    const [, missing] = /^(\d+) messages were removed/.exec(trouble ?? '') ?? [];
    expect(Number(missing)).toBeGreaterThan(0);
    expect(second.lines).toEqual(sent.slice(Number(missing)));
  });

  it('begins anew with a partition that ends before where it was', async () => {
    await cluster.produce('anew', words(0, 0, 3));
    const first = new Reading(kafkaReader, options('anew'));
    await first.until(3);
    await first.stop();
    const positions = new Map([[first.source, { generation: 0, topic: '', offset: 500 }]]);
    const second = new Reading(kafkaReader, options('anew'), { positions });
    await second.until(3);
    await second.stop();

    expect(second.lines).toEqual(words(0, 0, 3));
    expect(second.rangeOf(0).generation).toBeGreaterThan(0);
  });

  it('says that no broker is there', async () => {
    const away = options('away', { kafka_host: '127.0.0.1:1', kafka_timeout: '2s' });

    expect(await new Reading(kafkaReader, away).failure()).toMatchObject({ kind: 'unavailable' });
  });

  it('says that it asks brokers, where it is given ZooKeeper', () => {
    const old = { kafka_topic: 't', kafka_groupid: 'g', kafka_zookeeper: 'localhost:2181' };

    expect(() => kafkaReader.configure(old)).toThrow(/kafka_host: is required.*not ZooKeeper/);
  });
});

describe.concurrent('the kafka reader, of a broker that goes away', () => {
  it('says so, reads on when it is back, and ends while it is away', async () => {
    const cluster = await KafkaCluster.start();
    await cluster.produce('t', words(0, 0, 2));
    const reading = new Reading(kafkaReader, {
      ...{ kafka_host: cluster.brokers, kafka_topic: 't', kafka_groupid: 'g' },
      ...{ kafka_timeout: '2s', kafka_session_timeout: '30s' },
    });
    await reading.until(2);
    cluster.freeze();
    await waitFor('its trouble', () => reading.reader.trouble());
    cluster.thaw();
    await cluster.produce('t', words(0, 2, 4));
    await reading.until(4);
    await waitFor('no trouble', () => reading.reader.trouble() === null);
    cluster.freeze();
    await reading.stop();
    await cluster.stop();

    expect(reading.lines).toEqual(words(0, 0, 4));
  });

  it('ends before it has joined, while the broker answers nothing', async () => {
    const cluster = await KafkaCluster.start();
    cluster.freeze();
    const reading = new Reading(kafkaReader, {
      ...{ kafka_host: cluster.brokers, kafka_topic: 't', kafka_groupid: 'g' },
    });
    await reading.stop();
    await cluster.stop();

    expect(await reading.failure()).toBeNull();
    expect(reading.lines).toEqual([]);
  });

  it('holds no more than a batch and an answer while nobody asks for more', async () => {
    const cluster = await KafkaCluster.start();
    const sent = 40;
    await cluster.produce('t', new Array<string>(sent).fill('x'.repeat(100_000)));
    const pulled = new Pulled(
      kafkaReader,
      { kafka_host: cluster.brokers, kafka_topic: 't', kafka_groupid: 'g', kafka_timeout: '2s' },
      { limits: { bytes: 300_000 } },
    );
    let { lines } = await pulled.next();
    // It has as much time as another client takes for all of them.
    expect(await cluster.messages('t', sent)).toHaveLength(sent);
    await cluster.stop();
    // Nothing more can come: whatever does was in memory.
    const trouble = waitFor('trouble', () => pulled.reader.trouble()).then(() => 0);
    for (let more = 1; more > 0; lines += more) {
      const next = pulled.next().then((batch) => batch.lines);
      next.catch(() => undefined);
      more = await Promise.race([next, trouble]);
    }
    await pulled.stop();

    expect(lines).toBeLessThan(sent / 2);
  });
});
