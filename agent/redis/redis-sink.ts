import { createHash } from 'node:crypto';
import { RedisConnection, type RedisServer } from './redis-server.ts';

/** What a key of the sender names. */
export const SINK_TYPES = ['list', 'stream', 'channel', 'string'] as const;

export interface RedisSinkOf extends RedisServer {
  readonly redis_datatype: (typeof SINK_TYPES)[number];
  readonly redis_key: string;
  /** Of a string: the field whose value is put behind the key. */
  readonly redis_key_field: string;
  /** Of a stream: about so many entries are kept; 0: all. */
  readonly redis_stream_max: number;
  /** So long it is remembered that a batch is there; 0: it is not. */
  readonly redis_once_for: number;
}

/** All or nothing: a script is not interrupted, and the mark is set with what it marks. */
const SCRIPTS = {
  list: scriptOf(`for first = 3, #ARGV, 1000 do
  redis.call('RPUSH', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end`),
  stream: scriptOf(`for index = 3, #ARGV do
  if ARGV[2] == '0' then redis.call('XADD', KEYS[1], '*', 'record', ARGV[index])
  else redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'record', ARGV[index]) end
end`),
  channel: scriptOf("for index = 3, #ARGV do redis.call('PUBLISH', KEYS[1], ARGV[index]) end"),
  string: '',
} as const;

/** Puts records into Redis, each batch once as long as it is remembered. */
export class RedisSink {
  readonly #connection: RedisConnection;
  readonly #of: RedisSinkOf;

  private constructor(connection: RedisConnection, of: RedisSinkOf) {
    this.#connection = connection;
    this.#of = of;
  }

  /** Connecting ends with an error when the signal aborts. */
  static async open(of: RedisSinkOf, signal: AbortSignal): Promise<RedisSink> {
    return new RedisSink(await RedisConnection.open(of, { signal }), of);
  }

  /** `texts`: the JSON text of each record. */
  async put(texts: readonly string[], batch: string): Promise<void> {
    const { redis_datatype: type, redis_key: key } = this.#of;
    const { redis_once_for: onceForMs, redis_stream_max: streamMax } = this.#of;
    const script = SCRIPTS[type];
    const words = [key, markOf(key, batch), onceForMs, streamMax, ...texts];
    // A server that has it already need not be sent it again.
    const digest = createHash('sha1').update(script).digest('hex');
    try {
      await this.#connection.ask('EVALSHA', digest, 2, ...words);
    } catch (thrown) {
      if (!(thrown instanceof Error && thrown.message.includes('NOSCRIPT'))) throw thrown;
      await this.#connection.ask('EVAL', script, 2, ...words);
    }
  }

  /** Each text under a key of its own; the last one of a key stays, however often it is sent. */
  async set(pairs: readonly (readonly [key: string, text: string])[]): Promise<void> {
    await this.#connection.ask('MSET', ...pairs.flat());
  }

  close(): void {
    this.#connection.close();
  }
}

function scriptOf(put: string): string {
  return `if ARGV[1] ~= '0' and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
${put}
if ARGV[1] ~= '0' then redis.call('SET', KEYS[2], '1', 'PX', ARGV[1]) end
return 1`;
}

/** In the same slot of a cluster as what it marks. */
function markOf(key: string, batch: string): string {
  return `${/\{.+?\}/.test(key) ? key : `{${key}}`}:once:${batch}`;
}
