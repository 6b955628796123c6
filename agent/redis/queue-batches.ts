import { crc32 } from 'node:zlib';
import type { Clock } from '../../shared/kernel/clock.ts';
import { type AppError, toAppError } from '../../shared/kernel/errors.ts';
import type { BatchLimits, SealedRange, SourceBatch } from '../plugins/plugin.ts';
import type { Queue, QueueItem } from './queue.ts';

const TAKE_MAX = 1_000;
const LINE_FEED = 0x0a;
const BLANK = 0x20;

interface QueueReading {
  readonly source: string;
  readonly origin: string;
  readonly queue: Queue;
  readonly limits: BatchLimits;
  readonly sealed: SealedRange | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The values of a queue, each one line; ranges count values. A value that is blank makes no line. */
export async function* queueBatches(reading: QueueReading): AsyncGenerator<SourceBatch, undefined> {
  const { queue, signal, sealed } = reading;
  const settling = new Settling(queue);
  let start = queue.settledCount;
  const isSealed = sealed?.generation === queue.generation && sealed.start === start;
  let exact = isSealed ? sealed.end - sealed.start : 0;
  let held: readonly QueueItem[] = [];
  const isOver = (): boolean => signal.aborted;
  try {
    while (!isOver()) {
      held = await gathered(reading, held, exact);
      settling.check();
      if (held.length === 0) continue;
      const count = exact > 0 ? Math.min(exact, held.length) : countWithin(held, reading.limits);
      const items = held.slice(0, count);
      held = held.slice(count);
      exact = 0;
      yield { ...batchOf(reading, items, start), settled: () => settling.add(items) };
      start += count;
    }
  } finally {
    // What is committed is to be known to the source, too, as far as it can still be told.
    await settling.done;
  }
}

/** Values for a batch: as many as it takes, or what comes while it may wait. */
async function gathered(
  { queue, limits, clock, signal }: QueueReading,
  held: readonly QueueItem[],
  exact: number,
): Promise<readonly QueueItem[]> {
  const linesMax = limits.lines === 0 ? Number.POSITIVE_INFINITY : limits.lines;
  const wanted = exact > 0 ? exact : Math.min(linesMax, TAKE_MAX);
  const isOver = (): boolean => signal.aborted;
  let items = held;
  for (let turn = 0; items.length < wanted && !isOver(); turn += 1) {
    const mayWait = exact > 0 || items.length === 0;
    const more = await queue.take(Math.min(wanted - items.length, TAKE_MAX), mayWait);
    items = [...items, ...more];
    if (exact > 0) continue;
    if (more.length === 0 || turn > 0 || items.length >= wanted) break;
    await clock.sleep(limits.lingerMs, signal);
  }
  return items;
}

function batchOf(
  { source, origin, queue }: QueueReading,
  items: readonly QueueItem[],
  start: number,
): SourceBatch {
  const lines = [...items.entries()].filter(([, { bytes }]) => !isBlank(bytes));
  const ends = new Uint32Array(lines.length);
  const offsets = new Float64Array(lines.length);
  const parts: Buffer[] = [];
  let length = 0;
  for (const [line, [index, item]] of lines.entries()) {
    const hasEnd = item.bytes[item.bytes.length - 1] === LINE_FEED;
    parts.push(item.bytes, ...(hasEnd ? [] : [Buffer.from('\n')]));
    length += item.bytes.length + (hasEnd ? 0 : 1);
    ends[line] = length;
    offsets[line] = start + index;
  }
  const bytes = Buffer.concat(parts);
  const end = start + items.length;
  return {
    ...{ source, origin, bytes, lines: lines.length, ends, offsets, firstLine: null },
    range: { generation: queue.generation, start, end, crc: crc32(bytes) },
    position: queue.position(items, end),
  };
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte <= BLANK);
}

/** How many values are a batch; at least one. */
function countWithin(items: readonly QueueItem[], { lines, bytes: bytesMax }: BatchLimits): number {
  const countMax = lines === 0 ? items.length : Math.min(lines, items.length);
  let bytes = 0;
  for (let count = 0; count < countMax; count += 1) {
    bytes += items[count]?.bytes.length ?? 0;
    if (bytes > bytesMax && count > 0) return count;
  }
  return countMax;
}

/** Tells the source, one batch after another, what is settled. */
class Settling {
  readonly #queue: Queue;
  #failure: AppError | null = null;
  done: Promise<void> = Promise.resolve();

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  add(items: readonly QueueItem[]): void {
    this.done = this.done.then(async () => {
      if (this.#failure !== null) return;
      await this.#queue.settle(items).catch((thrown: unknown) => {
        this.#failure = toAppError(thrown);
      });
    });
  }

  /** @throws what kept the source from being told; the position tells it at the next start. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
