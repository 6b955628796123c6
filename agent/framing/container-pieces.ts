import { type ContainerFormat, readContainerLine } from './container-line.ts';
import { LINE_FEED } from './framing.ts';
import type { JoiningStage, LineSink, LogLine } from './log-line.ts';
import { utf8Cut } from './utf8-cut.ts';

interface Pieces {
  readonly first: number;
  last: number;
  parts: Buffer[];
  length: number;
  hasBreaks: boolean;
  isCut: boolean;
}

interface Options {
  readonly format: ContainerFormat;
  /** A longer text is cut. */
  readonly lineBytes: number;
  readonly sink: LineSink;
  /** Told the number of a line whose text is cut. */
  readonly onCut: (line: number) => void;
  /** Told the number of a line that is not of the format; it goes on as it is. */
  readonly onForeign: (line: number) => void;
}

const BREAK = Buffer.of(LINE_FEED);

/** Joins the pieces into which a container runtime cuts long lines, each stream on its own. */
export class ContainerPieces implements JoiningStage {
  readonly #options: Options;
  /** By stream, of which there are two; in the order in which they began. */
  readonly #pending = new Map<string, Pieces>();

  constructor(options: Options) {
    this.#options = options;
  }

  get pendingFirst(): number {
    const [oldest] = this.#pending.values();
    return oldest?.first ?? Number.POSITIVE_INFINITY;
  }

  take(line: LogLine): void {
    const { format, sink, onForeign } = this.#options;
    const [bytes = BREAK] = line.parts;
    const piece = readContainerLine(bytes.subarray(0, -1), format);
    if (piece === null) {
      onForeign(line.first);
      sink(line);
      return;
    }
    const pieces = this.#piecesOf(piece.stream, line.first);
    pieces.last = line.last;
    this.#append(pieces, piece.text);
    if (piece.isLast) this.#complete(piece.stream, pieces);
  }

  close(): void {
    for (const [stream, pieces] of this.#pending) this.#complete(stream, pieces);
  }

  #piecesOf(stream: string, first: number): Pieces {
    const known = this.#pending.get(stream);
    if (known !== undefined) return known;
    const pieces = { first, last: first, parts: [], length: 0, hasBreaks: false, isCut: false };
    this.#pending.set(stream, pieces);
    return pieces;
  }

  #append(pieces: Pieces, text: Buffer): void {
    if (pieces.isCut) return;
    pieces.parts.push(text);
    pieces.length += text.length;
    pieces.hasBreaks ||= text.includes(LINE_FEED);
    if (pieces.length > this.#options.lineBytes) this.#cut(pieces);
  }

  /** Pieces may end inside a character, so the place to cut is looked for in the whole. */
  #cut(pieces: Pieces): void {
    const { lineBytes, onCut } = this.#options;
    const whole = Buffer.concat(pieces.parts);
    const kept = whole.subarray(0, utf8Cut(whole, 0, lineBytes));
    pieces.parts = [kept];
    pieces.length = kept.length;
    pieces.hasBreaks = kept.includes(LINE_FEED);
    pieces.isCut = true;
    onCut(pieces.first);
  }

  #complete(stream: string, { first, last, parts, length, hasBreaks }: Pieces): void {
    this.#pending.delete(stream);
    const whole = { stream, first, last, parts: [...parts, BREAK], length: length + 1, hasBreaks };
    this.#options.sink(whole);
  }
}
