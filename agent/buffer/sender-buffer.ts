import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { AppError, messageOf, systemCode } from '../../shared/kernel/errors.ts';
import type {
  BufferedBatch,
  CheckpointStore,
  LaneState,
  Seal,
} from '../../shared/stores/checkpoint-store.ts';
import type { BatchLimits, SourceBatch } from '../plugins/plugin.ts';
import type { BufferLimits } from './buffer-options.ts';
import { groupLength, groupRange } from './buffered-group.ts';
import { SegmentFiles } from './segment-files.ts';

/** Rows looked at for one group. */
const ROWS_MAX = 256;

/** What is kept of a batch beside its bytes; what is optional only where it is so. */
const Facts = z.object({
  origin: z.string(),
  firstLine: z.base64().nullable(),
  ends: z.array(z.int()).optional(),
  offsets: z.array(z.number()).optional(),
  wasSent: z.literal(true).optional(),
});

/** Buffered batches that are sent as one. */
export interface BufferedGroup {
  readonly rows: readonly BufferedBatch[];
  /** Null when the bytes are damaged or gone: there is nothing to send any more. */
  readonly batch: SourceBatch | null;
}

interface SenderBufferDeps {
  readonly runner: string;
  readonly sender: string;
  /** The folder of this buffer alone. */
  readonly dir: string;
  /** Null: nothing is added, and what is there is sent. */
  readonly limits: BufferLimits | null;
  readonly checkpoints: Pick<CheckpointStore, 'buffered' | 'lowestSegment'>;
  readonly isSynced: boolean;
}

/**
 * What one sender has not had yet while others go on, in the order it was read: the bytes in
 * segment files, and which of them count in the checkpoints. Nothing is buffered before the commit
 * that says so, and nothing leaves before its own. Methods throw AppError `unavailable` when the
 * disk refuses.
 */
export class SenderBuffer {
  readonly limits: BufferLimits | null;
  readonly #deps: SenderBufferDeps;
  readonly #files: SegmentFiles;
  #batches: number;
  #bytes: number;
  /** Written, and not committed yet: no file with these may be deleted. */
  #uncommitted = 0;
  /** Writes and deletions of files, one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: SenderBufferDeps, state: LaneState | undefined) {
    this.#deps = deps;
    this.limits = deps.limits;
    this.#files = new SegmentFiles(deps.dir, deps.limits?.segmentBytesMax ?? 0);
    this.#batches = state?.bufferedBatches ?? 0;
    this.#bytes = state?.bufferedBytes ?? 0;
  }

  get batches(): number {
    return this.#batches;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether so many bytes more are allowed. One batch always is, or it could never be buffered. */
  hasRoom(bytes: number): boolean {
    return this.#batches === 0 || this.#bytes + bytes <= (this.limits?.bytesMax ?? 0);
  }

  /**
   * Writes the bytes of a batch; it is buffered once the answer is committed and `added`. One that
   * the sink may have from an earlier life leaves the buffer as it is, so that the sink knows it.
   */
  async write(batch: SourceBatch, seq: number, mayBeThere: boolean): Promise<BufferedBatch> {
    const { bytes, lines, range, source, origin, firstLine, ends, offsets } = batch;
    const place = await this.#inTurn(async () => {
      const written = await this.#files.append(bytes, this.#deps.isSynced);
      this.#uncommitted += 1;
      return written;
    });
    return {
      ...{ sender: this.#deps.sender, seq, units: lines, range: { source, ...range } },
      stored: { ...place, bytes: bytes.length, crc: crc32(bytes) },
      facts: {
        origin,
        firstLine: firstLine?.toString('base64') ?? null,
        ...(ends === null ? {} : { ends: [...ends] }),
        ...(offsets === null ? {} : { offsets: [...offsets] }),
        ...(mayBeThere ? { wasSent: true } : {}),
      },
    };
  }

  added({ stored }: BufferedBatch): void {
    this.#uncommitted -= 1;
    this.#batches += 1;
    this.#bytes += stored.bytes;
  }

  /** The rows are dealt with, and committed as such. */
  async removed(rows: readonly BufferedBatch[]): Promise<void> {
    this.#batches -= rows.length;
    for (const { stored } of rows) this.#bytes -= stored.bytes;
    await this.tidy();
  }

  /**
   * Deletes the files that hold nothing any more, also those of an earlier life that ended between
   * a write and its commit, or between a commit and the deletion.
   */
  async tidy(): Promise<void> {
    // A file that cannot be deleted now goes with a later one.
    await this.#inTurn(() => this.#dropFiles()).catch(() => undefined);
  }

  /** The oldest batches, those of one group first. */
  async oldest(max: number): Promise<readonly BufferedBatch[]> {
    const { checkpoints, runner, sender } = this.#deps;
    return checkpoints.buffered({ runner, sender, afterSeq: 0, max });
  }

  /** What is to be sent next, or null when nothing is buffered. */
  async next(limits: BatchLimits, seal: Seal | undefined): Promise<BufferedGroup | null> {
    const oldest = await this.oldest(ROWS_MAX);
    const rows = oldest.slice(0, groupLength(oldest, limits, seal));
    if (rows.length === 0) return null;
    const pieces = await this.#intactOf(rows);
    // What is damaged is given up by itself; what lies before it is sent.
    if (pieces.length === 0) return { rows: rows.slice(0, 1), batch: null };
    const intact = rows.slice(0, pieces.length);
    return { rows: intact, batch: batchOf(intact, pieces) };
  }

  async close(): Promise<void> {
    await this.#files.close();
  }

  async #dropFiles(): Promise<void> {
    if (this.#batches === 0 && this.#uncommitted === 0) return this.#files.dropBelow(null);
    const { checkpoints, runner, sender } = this.#deps;
    const lowest = await checkpoints.lowestSegment(runner, sender);
    if (lowest !== null) await this.#files.dropBelow(lowest);
  }

  /** The bytes of as many of the first rows as are as they were written. */
  async #intactOf(rows: readonly BufferedBatch[]): Promise<Buffer[]> {
    const pieces: Buffer[] = [];
    for (const { stored } of rows) {
      const bytes = await this.#read(stored);
      if (bytes === null || crc32(bytes) !== stored.crc) break;
      pieces.push(bytes);
    }
    return pieces;
  }

  async #read(stored: BufferedBatch['stored']): Promise<Buffer | null> {
    return this.#attempt(async () => {
      try {
        return await this.#files.read(stored, stored.bytes);
      } catch (thrown) {
        if (systemCode(thrown) === 'ENOENT') return null;
        throw thrown;
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#attempt(work));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (thrown instanceof AppError) throw thrown;
      throw new AppError(
        'unavailable',
        `cannot buffer in ${this.#deps.dir}: ${messageOf(thrown)}`,
        {
          cause: thrown,
        },
      );
    }
  }
}

function batchOf(rows: readonly BufferedBatch[], pieces: readonly Buffer[]): SourceBatch {
  const [first] = rows;
  const { origin, firstLine, ends, offsets } = Facts.parse(first?.facts);
  const { source, ...range } = groupRange(rows);
  return {
    ...{ source, origin, range, position: null },
    bytes: Buffer.concat(pieces),
    lines: rows.reduce((sum, { units }) => sum + units, 0),
    ends: ends === undefined ? null : Uint32Array.from(ends),
    offsets: offsets === undefined ? null : Float64Array.from(offsets),
    firstLine: firstLine === null ? null : Buffer.from(firstLine, 'base64'),
  };
}
