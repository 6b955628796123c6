import { Bell } from '../../shared/kernel/bell.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import type { Lines } from '../fetch/running-source.ts';
import type { BatchLimits } from '../plugins/plugin.ts';

/** Lines that came in, and are not handed out yet. */
export interface Incoming extends Lines {
  /** From where; lines of different origins do not share a batch. */
  readonly origin: string;
  /** Called when these lines are handed out. */
  readonly handedOut?: () => void;
  /** Called when these lines are durable. */
  readonly settled?: () => void;
}

/**
 * What came in and waits to be handed out. It holds what it is given: whoever puts something in
 * asks `hasRoom` first, and lets its peer wait, or sends it away, while there is none.
 */
export class Inbox {
  readonly #bytesMax: number;
  readonly #clock: Clock;
  readonly #bell = new Bell();
  readonly #waiting: Incoming[] = [];
  /** When each of them came. */
  readonly #cameMs: number[] = [];
  #bytes = 0;
  #lines = 0;
  #onRoom: () => void = () => undefined;

  constructor(bytesMax: number, clock: Clock) {
    this.#bytesMax = bytesMax;
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  hasRoom(bytes = 0): boolean {
    return this.#bytes + bytes <= this.#bytesMax;
  }

  /** Calls this whenever something was taken out. */
  onRoom(call: () => void): void {
    this.#onRoom = call;
  }

  put(parts: readonly Incoming[]): void {
    const nowMs = this.#clock.monotonicMs();
    for (const part of parts) {
      this.#waiting.push(part);
      this.#cameMs.push(nowMs);
      this.#bytes += part.bytes.length;
      this.#lines += part.lines;
    }
    this.#bell.ring();
  }

  /** Takes back what was put in at once; false, and nothing is: some of it was handed out. */
  withdraw(parts: readonly Incoming[]): boolean {
    const at = this.#waiting.findIndex((part) => part === parts[0]);
    if (at === -1) return false;
    this.#remove(at, parts.length);
    return true;
  }

  /**
   * What is there for the next batch, of one origin, once that is full or its first lines have
   * waited for `lingerMs`; empty only when the signal has aborted.
   */
  async take(limits: BatchLimits, signal: AbortSignal): Promise<readonly Incoming[]> {
    while (this.#waiting.length === 0 && !signal.aborted) await this.#bell.heard(signal);
    await this.#filled(limits, signal);
    if (signal.aborted) return [];
    const parts = this.#remove(0, fitting(this.#waiting, limits));
    this.#onRoom();
    return parts;
  }

  async #filled(limits: BatchLimits, signal: AbortSignal): Promise<void> {
    const [cameMs = 0] = this.#cameMs;
    const restMs = cameMs + limits.lingerMs - this.#clock.monotonicMs();
    if (restMs <= 0 || signal.aborted) return;
    const over = new AbortController();
    const end = AbortSignal.any([signal, over.signal]);
    void this.#clock.sleep(restMs, end).then(() => over.abort());
    let seen = 1;
    while (!end.aborted && !this.#isFull(limits, seen)) {
      seen = this.#waiting.length;
      await this.#bell.heard(end);
    }
    over.abort();
  }

  /** `seen`: so many of them are known to be of one origin. */
  #isFull({ lines, bytes }: BatchLimits, seen: number): boolean {
    if (this.#bytes >= Math.min(bytes, this.#bytesMax)) return true;
    if (lines > 0 && this.#lines >= lines) return true;
    const origin = this.#waiting[0]?.origin;
    return this.#waiting.slice(seen).some((part) => part.origin !== origin);
  }

  #remove(at: number, count: number): Incoming[] {
    const parts = this.#waiting.splice(at, count);
    this.#cameMs.splice(at, count);
    for (const { bytes, lines } of parts) {
      this.#bytes -= bytes.length;
      this.#lines -= lines;
    }
    return parts;
  }
}

/** How many of the first go into one batch: at least one. */
function fitting(waiting: readonly Incoming[], limits: BatchLimits): number {
  const linesMax = limits.lines === 0 ? Number.POSITIVE_INFINITY : limits.lines;
  let bytes = 0;
  let lines = 0;
  const end = waiting.findIndex((part, index) => {
    bytes += part.bytes.length;
    lines += part.lines;
    const isOther = part.origin !== waiting[0]?.origin;
    return index > 0 && (isOther || bytes > limits.bytes || lines > linesMax);
  });
  return end === -1 ? waiting.length : end;
}
