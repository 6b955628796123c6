import { hostname } from 'node:os';
import type { PluginContext, Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { ChannelQueue } from './channel-queue.ts';
import { ListQueue } from './list-queue.ts';
import type { Queue } from './queue.ts';
import { queueBatches } from './queue-batches.ts';
import { RedisConnection, type RedisServer, redisAddress } from './redis-server.ts';
import { StreamQueue } from './stream-queue.ts';
import { TAKING } from './taking.ts';

/** What kind of thing a key names, as the reader's option says it. */
export const DATA_TYPES = [
  'list',
  'stream',
  'channel',
  'pattern_channel',
  'string',
  'set',
  'zset',
  'hash',
] as const;

/** So often it is looked whether something is there that nobody can be asked to tell of. */
const LOOK_MS = 1_000;

/** The options of a reader. */
export interface RedisSource extends RedisServer {
  readonly redis_datatype: (typeof DATA_TYPES)[number];
  readonly redis_key: string;
  readonly redisHash_area: string;
  readonly redis_group: string;
  readonly redis_consumer: string;
  readonly redis_field: string;
  readonly redis_claim_idle: number;
  readonly read_from: 'oldest' | 'newest';
}

/** A reader of what a key names, connected when it is first pulled. */
export function openRedisReader(
  options: RedisSource,
  opening: ReaderOpening,
  context: PluginContext,
): Reader {
  const origin = `${redisAddress(options)}/${options.redis_key}`;
  let channel: ChannelQueue | null = null;
  const opened = async (): Promise<Queue> => {
    const queue = await openQueue(options, { origin, opening, context });
    channel = queue instanceof ChannelQueue ? queue : null;
    return queue;
  };
  return {
    origin,
    batches: batchesOf(origin, { opening, context, opened }),
    // How much is waiting would cost a question.
    lag: () => ({ bytes: 0 }),
    trouble: () => lossOf(channel),
  };
}

interface Surroundings {
  readonly opening: ReaderOpening;
  readonly context: PluginContext;
}

async function* batchesOf(
  origin: string,
  { opening, context, opened }: Surroundings & { readonly opened: () => Promise<Queue> },
): AsyncGenerator<SourceBatch, undefined> {
  const { signal, limits, sealed } = opening;
  const isOver = (): boolean => signal.aborted;
  if (isOver()) return;
  const queue = await opened().catch((thrown: unknown) => {
    if (isOver()) return null;
    throw thrown;
  });
  if (queue === null) return;
  try {
    yield* queueBatches({
      ...{ source: origin, origin, queue, limits, sealed: sealed.get(origin) },
      ...{ clock: context.clock, signal },
    });
  } catch (thrown) {
    if (!isOver()) throw thrown;
  } finally {
    queue.close();
  }
}

interface QueueOpening extends Surroundings {
  readonly origin: string;
}

async function openQueue(options: RedisSource, given: QueueOpening): Promise<Queue> {
  const connection = await RedisConnection.open(options, { signal: given.opening.signal });
  try {
    return await OPENERS[options.redis_datatype](connection, options, given);
  } catch (thrown) {
    connection.close();
    throw thrown;
  }
}

type Opener = (
  connection: RedisConnection,
  options: RedisSource,
  given: QueueOpening,
) => Promise<Queue>;

const OPENERS: Readonly<Record<RedisSource['redis_datatype'], Opener>> = {
  channel: openChannel,
  pattern_channel: openChannel,
  stream: openStream,
  list: openList,
  string: taking(TAKING.string),
  set: taking(TAKING.set),
  zset: taking(TAKING.zset),
  hash: taking(TAKING.hash),
};

function openChannel(
  connection: RedisConnection,
  { redis_datatype: type, redis_key: name }: RedisSource,
  { opening: { signal }, context }: QueueOpening,
): Promise<ChannelQueue> {
  const channel = { name, isPattern: type === 'pattern_channel' };
  return ChannelQueue.open(connection, channel, { nowMs: context.clock.now(), signal });
}

async function openStream(
  connection: RedisConnection,
  options: RedisSource,
  { origin, opening: { positions, signal }, context: { runner } }: QueueOpening,
): Promise<StreamQueue> {
  const { redis_group: group, redis_consumer: consumer } = options;
  return withWaiting(options, signal, (waiting) =>
    StreamQueue.open({
      ...{ connection, waiting, position: positions.get(origin) },
      ...{ key: options.redis_key, group, field: options.redis_field },
      consumer: consumer === '' ? `${hostname()}:${runner}` : consumer,
      isFromStart: options.read_from === 'oldest',
      claimIdleMs: options.redis_claim_idle,
      waitMs: options.redis_timeout,
    }),
  );
}

async function openList(
  connection: RedisConnection,
  options: RedisSource,
  { origin, opening: { positions, signal }, context: { runner, clock } }: QueueOpening,
): Promise<ListQueue> {
  const { redis_key: key, redis_timeout: waitMs } = options;
  return withWaiting(options, signal, (waiting) =>
    ListQueue.open({
      ...{ connection, key, script: TAKING.list, word: '', runner },
      ...{ position: positions.get(origin), nowMs: clock.now() },
      async wait(list) {
        const words = [key, list, 'LEFT', 'RIGHT', waitMs / 1_000] as const;
        const one = await waiting.askBytes('BLMOVE', ...words);
        return one === null ? [] : [one];
      },
      close() {
        connection.close();
        waiting.close();
      },
    }),
  );
}

/** What is there is taken whole, and looked for again and again. */
function taking(script: string): Opener {
  return (connection, { redis_key: key, redisHash_area: word }, { origin, opening, context }) => {
    const { positions, signal } = opening;
    const { runner, clock } = context;
    return ListQueue.open({
      ...{ connection, key, script, word, runner },
      ...{ position: positions.get(origin), nowMs: clock.now() },
      async wait() {
        await clock.sleep(LOOK_MS, signal);
        return [];
      },
      close: () => connection.close(),
    });
  };
}

/** With a connection that waits for values: it ends at once when the reader does, or cannot begin. */
async function withWaiting<T>(
  options: RedisSource,
  signal: AbortSignal,
  open: (waiting: RedisConnection) => Promise<T>,
): Promise<T> {
  const waiting = await RedisConnection.open(options, { signal, isWaiting: true });
  signal.addEventListener('abort', () => waiting.close(), { once: true });
  try {
    return await open(waiting);
  } catch (thrown) {
    waiting.close();
    throw thrown;
  }
}

function lossOf(channel: ChannelQueue | null): string | null {
  const lost = channel?.lost ?? 0;
  return lost === 0 ? null : `${lost} messages came sooner than they could be sent, and are lost`;
}
