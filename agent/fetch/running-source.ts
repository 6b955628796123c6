import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { ReaderOpening, SourceBatch } from '../plugins/plugin.ts';

const Position = z.looseObject({ offset: z.int().nonnegative() });

/** Whole lines, as a batch holds them. */
export interface Lines {
  readonly bytes: Buffer;
  readonly lines: number;
  readonly ends: Uint32Array | null;
  readonly isFilled?: boolean;
}

interface BatchParts {
  readonly origin: string;
  /** Kept with the offset, and found in `kept` at the next start. */
  readonly keep?: Readonly<Record<string, unknown>>;
  readonly settled?: () => void;
}

/**
 * A source that cannot be read again. Its offsets count the bytes that were handed out, on from
 * where the last start ended, so that no two batches are known by the same range.
 */
export class RunningSource {
  /** What was kept with the last batch that was settled. */
  readonly kept: Readonly<Record<string, unknown>>;
  readonly #id: string;
  #offset: number;

  constructor(id: string, { positions, sealed }: Pick<ReaderOpening, 'positions' | 'sealed'>) {
    const position = Position.safeParse(positions.get(id));
    this.#id = id;
    this.kept = position.success ? position.data : {};
    // A batch that was on its way when the process ended may have arrived: its range is used up.
    this.#offset = Math.max(position.success ? position.data.offset : 0, sealed.get(id)?.end ?? 0);
  }

  /** Where the next batch begins. */
  get offset(): number {
    return this.#offset;
  }

  /** What is before is used up. */
  skipTo(offset: number): void {
    this.#offset = Math.max(this.#offset, offset);
  }

  batch({ bytes, lines, ends, isFilled = false }: Lines, parts: BatchParts): SourceBatch {
    const { origin, keep = {}, settled } = parts;
    const start = this.#offset;
    const end = start + bytes.length;
    this.#offset = end;
    return {
      ...{ source: this.#id, origin, bytes, lines, ends, isFilled },
      range: { generation: 0, start, end, crc: crc32(bytes) },
      ...{ offsets: null, firstLine: null },
      position: { ...keep, offset: end },
      ...(settled === undefined ? {} : { settled }),
    };
  }
}
