import type { ContainerFormat } from './container-line.ts';
import { ContainerPieces } from './container-pieces.ts';
import type { HeadPattern } from './head-pattern.ts';
import type { JoiningStage, LineSink, LogLine } from './log-line.ts';
import { MultilineEvents } from './multiline-events.ts';
import type { Region } from './region.ts';

export interface JoinOptions {
  readonly container: ContainerFormat | null;
  readonly head: HeadPattern | null;
}

export interface JoinLimits {
  /** Events at most; 0 means no limit. */
  readonly lines: number;
  readonly lineBytes: number;
  /** What belongs together may be spread over so many bytes of the source. */
  readonly spreadBytes: number;
  /** Where each line begins in the source. */
  readonly sourceStarts: readonly number[];
  /** After the line of this number everything that waits is complete. */
  readonly isBreak: (line: number) => boolean;
}

export interface Joined {
  readonly events: readonly LogLine[];
  /** So many lines of the region belong to these events, and no others. */
  readonly lines: number;
  /** Numbers of lines where something was cut. */
  readonly cuts: ReadonlySet<number>;
  /** Numbers of lines that are not of the container format. */
  readonly foreign: ReadonlySet<number>;
}

/**
 * Joins the lines of a region to events, and stops at a place where they can be told apart: what
 * comes before it belongs to the events that are complete, and what comes after it to others.
 * Where two streams are interleaved such a place may be a while in coming, but not for ever: what
 * is spread over too many bytes is taken for complete.
 */
export function joinLines(region: Region, options: JoinOptions, limits: JoinLimits): Joined {
  const joining = new Joining(options, limits);
  const lines = region.starts.length - 1;
  for (let line = 0; line < lines && !joining.isFull; line += 1) {
    const bytes = region.bytes.subarray(region.starts[line], region.starts[line + 1]);
    joining.take(line, bytes);
  }
  return joining.joined();
}

class Joining {
  /** Whether enough events are complete. */
  isFull = false;
  readonly #limits: JoinLimits;
  /** In the order in which a line goes through them. */
  readonly #stages: readonly JoiningStage[];
  readonly #push: LineSink;
  readonly #events: LogLine[] = [];
  readonly #cuts = new Set<number>();
  readonly #foreign = new Set<number>();
  /** The last line of the source that is in an event. */
  #lastLine = -1;
  #mark = { line: 0, events: 0 };

  constructor({ container, head }: JoinOptions, limits: JoinLimits) {
    this.#limits = limits;
    const { lineBytes } = limits;
    const onCut = (line: number) => this.#cuts.add(line);
    const onForeign = (line: number) => this.#foreign.add(line);
    const stages: JoiningStage[] = [];
    let sink: LineSink = (event) => {
      this.#events.push(event);
      this.#lastLine = Math.max(this.#lastLine, event.last);
    };
    if (head !== null) {
      const events = new MultilineEvents({ head, eventBytes: lineBytes, sink, onCut });
      stages.unshift(events);
      sink = (line) => events.take(line);
    }
    if (container !== null) {
      const pieces = new ContainerPieces({ format: container, lineBytes, sink, onCut, onForeign });
      stages.unshift(pieces);
      sink = (line) => pieces.take(line);
    }
    this.#stages = stages;
    this.#push = sink;
  }

  take(line: number, bytes: Buffer): void {
    const { isBreak, spreadBytes, sourceStarts } = this.#limits;
    const { length } = bytes;
    this.#push({ stream: '', first: line, last: line, parts: [bytes], length, hasBreaks: false });
    this.#markAfter(line);
    if (this.isFull) return;
    const spread = (sourceStarts[line + 1] ?? 0) - (sourceStarts[this.#mark.line] ?? 0);
    const isSpread = spread > spreadBytes && this.#mark.line <= line;
    if (isSpread) this.#cuts.add(this.#mark.line);
    if (!isSpread && !isBreak(line)) return;
    for (const stage of this.#stages) stage.close();
    this.#markAfter(line);
  }

  joined(): Joined {
    const { line, events } = this.#mark;
    return {
      events: this.#events.slice(0, events),
      lines: line,
      cuts: this.#cuts,
      foreign: this.#foreign,
    };
  }

  /** Moves the mark to the first line that waits, unless a later one is in an event already. */
  #markAfter(line: number): void {
    const next = Math.min(line + 1, ...this.#stages.map(({ pendingFirst }) => pendingFirst));
    if (this.#lastLine >= next) return;
    const { lines: most } = this.#limits;
    const events = this.#events.length;
    if (most > 0 && events > most && this.#mark.events > 0) {
      this.isFull = true;
      return;
    }
    this.#mark = { line: next, events };
    this.isFull = most > 0 && events >= most;
  }
}
