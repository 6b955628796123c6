import type { Lines } from '../fetch/running-source.ts';
import { type FrameCounts, LINE_FEED, NO_COUNTS } from '../framing/framing.ts';

/** How the bytes of one connection become records, as they come. */
export interface Framer {
  push(chunk: Buffer): readonly Lines[];
  /** The peer has ended: what is left. */
  end(): readonly Lines[];
  readonly counts: FrameCounts;
}

/** Records that may hold line breaks, as lines of a batch; null: there is none. */
export function linesOfFrames(frames: readonly Buffer[]): Lines | null {
  const filled = frames.map(withoutBreak).filter((frame) => frame.length > 0);
  if (filled.length === 0) return null;
  const bytes = Buffer.concat(filled.flatMap((frame) => [frame, BREAK]));
  const hasBreaks = filled.some((frame) => frame.includes(LINE_FEED));
  return { bytes, lines: filled.length, ends: hasBreaks ? endsOf(filled) : null };
}

/** One whose messages are found by `take`, which is given what is not dealt with yet. */
export abstract class FramesFramer implements Framer {
  #rest: Buffer = Buffer.alloc(0);
  #cutLines = 0;
  #foreignLines = 0;

  get counts(): FrameCounts {
    return { ...NO_COUNTS, cutLines: this.#cutLines, foreignLines: this.#foreignLines };
  }

  push(chunk: Buffer): readonly Lines[] {
    return this.#taken(chunk, false);
  }

  end(): readonly Lines[] {
    return this.#taken(Buffer.alloc(0), true);
  }

  protected cut(): void {
    this.#cutLines += 1;
  }

  protected foreign(): void {
    this.#foreignLines += 1;
  }

  /** Adds whole messages of the buffer to `frames`; how many bytes are dealt with. */
  protected abstract take(buffer: Buffer, frames: Buffer[], isEnd: boolean): number;

  #taken(chunk: Buffer, isEnd: boolean): readonly Lines[] {
    const buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    this.#rest = buffer.subarray(this.take(buffer, frames, isEnd));
    const lines = linesOfFrames(frames);
    return lines === null ? [] : [lines];
  }
}

const BREAK = Buffer.of(LINE_FEED);
const CARRIAGE_RETURN = 0x0d;
const NUL = 0x00;

/** The end of a message that some senders add to each. */
function withoutBreak(frame: Buffer): Buffer {
  let end = frame.length;
  while (end > 0 && isEnding(frame[end - 1])) end -= 1;
  return frame.subarray(0, end);
}

function isEnding(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === NUL;
}

function endsOf(frames: readonly Buffer[]): Uint32Array {
  let at = 0;
  return Uint32Array.from(frames, (frame) => (at += frame.length + 1));
}
