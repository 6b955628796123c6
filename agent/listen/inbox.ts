import { Bell } from '../../shared/kernel/bell.ts';
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
  readonly #bell = new Bell();
  readonly #waiting: Incoming[] = [];
  #bytes = 0;
  #onRoom: () => void = () => undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
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
    this.#waiting.push(...parts);
    for (const { bytes } of parts) this.#bytes += bytes.length;
    this.#bell.ring();
  }

  /** Takes back what was put in at once; false, and nothing is: some of it was handed out. */
  withdraw(parts: readonly Incoming[]): boolean {
    const at = this.#waiting.findIndex((part) => part === parts[0]);
    if (at === -1) return false;
    this.#waiting.splice(at, parts.length);
    for (const { bytes } of parts) this.#bytes -= bytes.length;
    return true;
  }

  /** What is there for the next batch, of one origin; empty only when the signal has aborted. */
  async take(limits: BatchLimits, signal: AbortSignal): Promise<readonly Incoming[]> {
    while (this.#waiting.length === 0 && !signal.aborted) await this.#bell.heard(signal);
    if (signal.aborted) return [];
    const parts = this.#waiting.splice(0, fitting(this.#waiting, limits));
    for (const { bytes } of parts) this.#bytes -= bytes.length;
    this.#onRoom();
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
