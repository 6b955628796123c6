import { hostname } from 'node:os';
import type { PluginContext, Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { ChannelQueue } from './channel-queue.ts';
import { ListQueue } from './list-queue.ts';
import type { Queue } from './queue.ts';
import { queueBatches } from './queue-batches.ts';
import { RedisConnection, type RedisServer, redisAddress } from './redis-server.ts';
import { StreamQueue } from './stream-queue.ts';

/** What kind of thing a key names, as the reader's option says it. */
export const DATA_TYPES = ['list', 'stream', 'channel', 'pattern_channel'] as const;

/** The options of a reader. */
export interface RedisSource extends RedisServer {
  readonly redis_datatype: (typeof DATA_TYPES)[number];
  readonly redis_key: string;
  readonly redis_group: string;
  readonly redis_consumer: string;
  readonly redis_field: string;
  readonly redis_claim_idle: number;
  readonly read_from: 'oldest' | 'newest';
}

/** A reader of a list, a stream or a channel, connected when it is first pulled. */
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

async function openQueue(
  options: RedisSource,
  { origin, opening, context }: Surroundings & { readonly origin: string },
): Promise<Queue> {
  const { redis_datatype: type, redis_key: key, redis_timeout: waitMs } = options;
  const { signal } = opening;
  const nowMs = context.clock.now();
  const connection = await RedisConnection.open(options, { signal });
  let waiting: RedisConnection | null = null;
  const stopWaiting = () => waiting?.close();
  try {
    if (type === 'channel' || type === 'pattern_channel') {
      const isPattern = type === 'pattern_channel';
      return await ChannelQueue.open(connection, { name: key, isPattern }, { nowMs, signal });
    }
    waiting = await RedisConnection.open(options, { signal, isWaiting: true });
    // What waits for values ends at once.
    signal.addEventListener('abort', stopWaiting, { once: true });
    const position = opening.positions.get(origin);
    const both = { connection, waiting, key, position };
    if (type === 'list') {
      const waitSeconds = waitMs / 1_000;
      return await ListQueue.open({ ...both, runner: context.runner, nowMs, waitSeconds });
    }
    const { redis_group: group, redis_consumer: consumer } = options;
    return await StreamQueue.open({
      ...{ ...both, group, waitMs, field: options.redis_field },
      consumer: consumer === '' ? `${hostname()}:${context.runner}` : consumer,
      isFromStart: options.read_from === 'oldest',
      claimIdleMs: options.redis_claim_idle,
    });
  } catch (thrown) {
    signal.removeEventListener('abort', stopWaiting);
    stopWaiting();
    connection.close();
    throw thrown;
  }
}

function lossOf(channel: ChannelQueue | null): string | null {
  const lost = channel?.lost ?? 0;
  return lost === 0 ? null : `${lost} messages came sooner than they could be sent, and are lost`;
}
