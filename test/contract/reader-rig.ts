import type { Reader } from '../../agent/plugins/plugin.ts';
import type { PluginOptions } from '../../shared/domain/runner-config.ts';
import type { Place } from './support/place.ts';
import type { SilentServer } from './support/silent-server.ts';

/** How the suite comes by a source of one kind of reader. Add a rig to the table in `rigs/readers.ts`. */
export interface ReaderRig {
  /** A source that is there, and has nothing yet that is numbered. */
  readonly make: (place: Place) => Promise<ReaderSource>;
  /** One that is not there yet. */
  readonly absent: (place: Place) => Promise<AbsentSource>;
  /**
   * How the reader meets that: `told` as its trouble, until the source appears; or `thrown`, and
   * the runner opens it again.
   */
  readonly absence: 'told' | 'thrown';
  /**
   * What was handed out behind the last committed position is handed out again after a reopening,
   * in the same batch where it was sealed, and nothing else is. False: only the ranges go on.
   */
  readonly resumes: boolean;
  /** The bytes of a line are not the same when it is read again, though they say the same. */
  readonly bytesVary?: true;
  /** What ranges count, where that is not the bytes of the batches. */
  readonly rangesCount?: 'values';
  /** Its lines are none that the source was given: they tell of something that is there anyway. */
  readonly isUnnumbered?: true;
  /** Of a reader that connects to something: a server that never answers, and how to go there. */
  readonly silent?: {
    open(): Promise<SilentServer>;
    options(port: number): PluginOptions;
  };
}

export interface ReaderSource {
  readonly options: PluginOptions;
  /**
   * Adds the lines of these numbers, in each of which stands `line <number>`. One that listens is
   * given them once it does: the reader is being pulled then.
   */
  add(from: number, to: number): Promise<void>;
  /** Offers `FLOOD` at once; resolves when the reader, which is not pulled, has had its chance. */
  flood(reader: Reader): Promise<void>;
  /** Lets go of what was opened since it was made; the reader has ended. */
  release?(): Promise<void>;
  /** Takes down what `make` has set up. */
  dispose?(): Promise<void>;
}

export interface AbsentSource extends ReaderSource {
  /** It is there from now on, so that `add` will do. */
  appear(): Promise<void>;
}

/** More than any reader may hold of what was not asked for. */
export const FLOOD = { lines: 24_000, lineBytes: 1_024 } as const;

/** Lines of these numbers, as most sources take them. */
export function lineTexts(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `line ${from + index}`);
}

/** The same as one text. */
export function linesText(from: number, to: number): string {
  return lineTexts(from, to)
    .map((line) => `${line}\n`)
    .join('');
}

/** So many lines of the flood. */
export function floodText(lines: number): string {
  return `${'x'.repeat(FLOOD.lineBytes - 1)}\n`.repeat(lines);
}
