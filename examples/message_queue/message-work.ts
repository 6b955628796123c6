import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Planner, Processor } from '../../shared/coordinator/library.ts';
import type { MessageQueue } from './queue.ts';

const PARTITION_SIZE = 1_000n;
const MESSAGES_A_SAVE = 100n;

const Message = z.object({ text: z.string() });
const Checkpoint = z.object({ done_to: z.string() });

/** As far as there are messages. */
export function messagePlanner(queue: MessageQueue): Planner {
  return {
    partitionSize: async () => PARTITION_SIZE,
    nextMaxId: async (startId, rangeSize) => {
      const max = startId + rangeSize - 1n;
      const last = await queue.lastId();
      return last < max ? last : max;
    },
  };
}

export interface MessageWork {
  readonly queue: MessageQueue;
  /** How long a message takes. */
  readonly workMs: number;
  readonly log: (line: string) => void;
}

/**
 * One message after the other. Each hundred of them it is kept how far that has come, so that
 * whoever goes on after a stop or a crash repeats fewer than a hundred; of these the queue keeps the
 * first result.
 */
export function messageProcessor({ queue, workMs, log }: MessageWork): Processor {
  return {
    process: async (minId, maxId, _options, { signal, checkpoint, save }) => {
      const done = Checkpoint.safeParse(checkpoint).data;
      const from = done === undefined ? minId : BigInt(done.done_to) + 1n;
      if (from > minId) log(`${minId} to ${maxId}: goes on from ${from}`);
      for (let first = from; first <= maxId; first += MESSAGES_A_SAVE) {
        const last = endOfRound(first, maxId);
        await processRound(first, last, signal);
        await save({ done_to: String(last) });
        log(`${minId} to ${maxId}: done to ${last}`);
      }
      return Number(maxId - from) + 1;
    },
  };

  async function processRound(first: bigint, last: bigint, signal: AbortSignal): Promise<void> {
    const texts = await queue.read(first, last);
    if (texts.length !== Number(last - first) + 1)
      throw new Error(`there are ${texts.length} messages from ${first} to ${last}`);
    for (const [nth, text] of texts.entries()) {
      signal.throwIfAborted();
      await processMessage(first + BigInt(nth), text);
    }
  }

  async function processMessage(id: bigint, text: string): Promise<void> {
    const message = messageOf(text);
    // One that cannot be read is put aside: to fail for it would hold up all behind it.
    if (message === null) return queue.keepUnreadable(id, text);
    await delay(workMs);
    await queue.keep(id, message.text.toUpperCase());
  }
}

function endOfRound(id: bigint, maxId: bigint): bigint {
  const last = id + MESSAGES_A_SAVE - 1n;
  return last < maxId ? last : maxId;
}

function messageOf(text: string): z.output<typeof Message> | null {
  try {
    return Message.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
