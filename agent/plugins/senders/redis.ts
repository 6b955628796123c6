import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { stoppable } from '../../../shared/kernel/stoppable.ts';
import { RecordsRefused } from '../../records/records-refused.ts';
import { redisAddress, redisServerOptions } from '../../redis/redis-server.ts';
import { RedisSink, SINK_TYPES } from '../../redis/redis-sink.ts';
import { ACCEPTED, type Acceptance } from '../../sink/acceptance.ts';
import { Mutex } from '../../sink/mutex.ts';
import { defineSender } from '../define.ts';
import { option } from '../option.ts';
import type { Delivery, LogRecord, Records, Sender } from '../plugin.ts';

const DAYS_7_MS = 7 * 24 * 3_600_000;

const RedisOptions = z
  .object({
    name: option.senderName(),
    redis_datatype: option
      .choice(SINK_TYPES)
      .describe(
        'What becomes of a record: the last value of a list, an entry of a stream (in its field ' +
          '"record"), a message to a channel, or a string under a key of its own.',
      ),
    redis_key: option
      .required('logs')
      .describe('The list, stream or channel; of strings: what their keys begin with.')
      .meta({ example: 'logs' }),
    redis_key_field: option
      .text('')
      .describe('Of strings: the field whose value is the rest of the key.'),
    ...redisServerOptions,
    redis_stream_max: option
      .int(0, { min: 0, max: 1_000_000_000 })
      .describe('Of a stream: about so many entries are kept; 0: all.')
      .meta({ advanced: true }),
    redis_once_for: goDurationOption(DAYS_7_MS)
      .describe('So long the server remembers which batches it has; "0": it does not.')
      .meta({ advanced: true }),
  })
  .refine(
    ({ redis_datatype: type, redis_key_field: field }) => (type === 'string') === (field !== ''),
    {
      error: 'redis_key_field goes with redis_datatype "string"',
    },
  );
type RedisOptions = z.output<typeof RedisOptions>;

/**
 * Puts each batch into Redis as a whole. It is there once: a script puts it there together with a
 * mark of its key, and does nothing where the mark is already. The mark is kept for
 * `redis_once_for`, and is as durable as the server keeps its data; strings under keys of their own
 * need none.
 */
export const redisSender = defineSender({
  type: 'redis',
  usage: 'Puts records into a list, stream, channel or strings of Redis, each batch once.',
  options: RedisOptions,
  secrets: ['redis_password'],
  open: async (options) => new RedisSender(options),
});

class RedisSender implements Sender {
  readonly sendsKey = true;
  readonly name: string;
  readonly #options: RedisOptions;
  readonly #turn = new Mutex();
  #sink: RedisSink | null = null;

  constructor(options: RedisOptions) {
    const { name, redis_key: key } = options;
    this.name = name === '' ? `${redisAddress(options)}/${key}` : name;
    this.#options = options;
  }

  async send(records: Records, signal: AbortSignal, { key }: Delivery): Promise<Acceptance> {
    if (records.count === 0) return ACCEPTED;
    const release = await this.#turn.acquire(signal);
    try {
      const sink = (this.#sink ??= await RedisSink.open(this.#options, signal));
      await stoppable(
        signal,
        () => this.#drop(),
        () => this.#put(sink, records.objects(), key),
      );
      return ACCEPTED;
    } catch (thrown) {
      if (!(thrown instanceof RecordsRefused)) this.#drop();
      throw thrown;
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    this.#drop();
  }

  async #put(sink: RedisSink, records: readonly LogRecord[], key: string): Promise<void> {
    const { redis_datatype: type, redis_key: prefix, redis_key_field: field } = this.#options;
    if (type !== 'string') {
      await sink.put(
        records.map((record) => JSON.stringify(record)),
        key,
      );
      return;
    }
    await sink.set(
      records.map((record) => [prefix + keyPart(record[field], field), JSON.stringify(record)]),
    );
  }

  #drop(): void {
    this.#sink?.close();
    this.#sink = null;
  }
}

/** @throws AppError `invalid` (RecordsRefused) for a record that has no key. */
function keyPart(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  throw new RecordsRefused(`a record has no text or number in the field ${field}`);
}
