import type { HeadPattern } from './head-pattern.ts';
import type { JoiningStage, LineSink, LogLine } from './log-line.ts';

interface Options {
  readonly head: HeadPattern;
  /** An event does not grow longer, its last line break not counted. */
  readonly eventBytes: number;
  readonly sink: LineSink;
  /** Told the number of the first line of an event that would have grown over a limit. */
  readonly onCut: (line: number) => void;
}

/** An event does not grow to more lines. */
const EVENT_LINES_MAX = 1000;

interface Event {
  readonly first: number;
  readonly stream: string;
  last: number;
  lines: number;
  readonly parts: Buffer[];
  length: number;
  hasBreaks: boolean;
}

/**
 * Joins each line that does not look like the first one of an event to the event before. Where
 * that would grow over a limit, the line begins an event of its own: nothing is lost.
 */
export class MultilineEvents implements JoiningStage {
  readonly #options: Options;
  #event: Event | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  get pendingFirst(): number {
    return this.#event?.first ?? Number.POSITIVE_INFINITY;
  }

  take(line: LogLine): void {
    const event = this.#event;
    if (event !== null && this.#continues(event, line)) {
      append(event, line);
      return;
    }
    this.close();
    const { stream, first, last, parts, length, hasBreaks } = line;
    this.#event = { stream, first, last, lines: 1, parts: [...parts], length, hasBreaks };
  }

  close(): void {
    const event = this.#event;
    this.#event = null;
    if (event !== null) this.#options.sink(event);
  }

  #continues(event: Event, { stream, parts, length }: LogLine): boolean {
    if (event.stream !== stream) return false;
    const [head] = parts;
    const text = parts.length === 1 && head !== undefined ? head : Buffer.concat(parts);
    if (this.#options.head.matches(text)) return false;
    const isFull =
      event.lines >= EVENT_LINES_MAX || event.length + length - 1 > this.#options.eventBytes;
    if (isFull) this.#options.onCut(event.first);
    return !isFull;
  }
}

function append(event: Event, line: LogLine): void {
  event.parts.push(...line.parts);
  event.last = line.last;
  event.lines += 1;
  event.length += line.length;
  event.hasBreaks = true;
}
