import { crc32 } from 'node:zlib';
import type { Clock } from '../../shared/kernel/clock.ts';
import { type AppError, toAppError } from '../../shared/kernel/errors.ts';
import type { BatchLimits, SealedRange, SourceBatch } from '../plugins/plugin.ts';
import type { Queue, QueueItem } from './queue.ts';

const TAKE_MAX = 1_000;
/** While a batch waits for more values it is looked for them so often. */
const LOOK_MS = 100;
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
      held = await (exact > 0 ? exactly(reading, held, exact) : filled(reading, held));
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

/** So many values again, as they come. */
async function exactly(
  { queue, signal }: QueueReading,
  held: readonly QueueItem[],
  count: number,
): Promise<readonly QueueItem[]> {
  const isOver = (): boolean => signal.aborted;
  let items = held;
  while (items.length < count && !isOver()) {
    const more = await queue.take(Math.min(count - items.length, TAKE_MAX), true);
    items = [...items, ...more];
  }
  return items;
}

/** Values for a batch: as many as it takes, or what comes while it may wait; none is no end. */
async function filled(
  { queue, limits, clock, signal }: QueueReading,
  held: readonly QueueItem[],
): Promise<readonly QueueItem[]> {
  const wanted = limits.lines === 0 ? TAKE_MAX : Math.min(limits.lines, TAKE_MAX);
  const isFull = (): boolean => items.length >= wanted || bytesOf(items) >= limits.bytes;
  const isOver = (): boolean => signal.aborted;
  let items = held;
  let endMs: number | null = null;
  while (!isFull() && !isOver()) {
    const mayWait = items.length === 0;
    items = [...items, ...(await queue.take(wanted - items.length, mayWait))];
    if (items.length === 0 || isFull()) break;
    endMs ??= clock.monotonicMs() + limits.lingerMs;
    const restMs = Math.max(0, endMs - clock.monotonicMs());
    // One that was waited for may be the first of many.
    if (restMs === 0 && !mayWait) break;
    await clock.sleep(Math.min(restMs, LOOK_MS), signal);
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

function bytesOf(items: readonly QueueItem[]): number {
  return items.reduce((sum, { bytes }) => sum + bytes.length, 0);
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
