import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Partition } from '../../../../shared/domain/partition.ts';
import { redactedUrl } from '../../../../shared/domain/redaction.ts';
import { joinedLines } from '../../../fetch/lines-of.ts';
import type { Lines } from '../../../fetch/running-source.ts';
import { addCounts, type FrameCounts, NO_COUNTS } from '../../../framing/framing.ts';
import type { PluginContext, Reader, ReaderOpening, SourceBatch } from '../../plugin.ts';
import { type IdPart, idParts } from './id-answers.ts';
import type { HttpfetchOptions } from './options.ts';

/** The one source of a partition. */
const SOURCE = 'ids';
/** What many IDs that are not there have answered is kept with the partition at times. */
const PARTS_A_BATCH_MAX = 100;

const Digits = z.string().regex(/^\d{1,19}$/);
const Position = z.object({
  /** Bytes handed out. */
  offset: z.int().nonnegative(),
  /** The ID that is asked for next, and how many bytes of its answer were handed out. */
  id: Digits,
  skip: z.int().nonnegative(),
  /** IDs of which there is no item. */
  missing: z.int().nonnegative(),
});
type Position = z.infer<typeof Position>;

/** Asks for the IDs of one partition, and ends. */
export function openIdReader(
  options: HttpfetchOptions,
  { min, max }: Pick<Partition, 'min' | 'max'>,
  opening: ReaderOpening,
  context: PluginContext,
): Reader {
  const reading = new IdReading(options, { min, max }, { opening, context });
  return {
    origin: redactedUrl(options.http_service_address + options.http_service_path),
    batches: reading.batches(),
    ...{ lag: () => ({ bytes: 0 }), counts: () => reading.counts, trouble: () => null },
  };
}

interface Surroundings {
  readonly opening: ReaderOpening;
  readonly context: PluginContext;
}

class IdReading {
  counts: FrameCounts = NO_COUNTS;
  readonly #options: HttpfetchOptions;
  readonly #max: bigint;
  readonly #opening: ReaderOpening;
  readonly #context: PluginContext;
  #position: Position;
  /** What goes together into the next batch. */
  #parts: IdPart[] = [];
  /** So many bytes were in the batch that was on its way when the reading ended; 0: none was. */
  #sealedBytes: number;

  constructor(
    options: HttpfetchOptions,
    { min, max }: Pick<Partition, 'min' | 'max'>,
    { opening, context }: Surroundings,
  ) {
    const kept = Position.safeParse(opening.positions.get(SOURCE));
    this.#options = options;
    this.#max = max;
    this.#opening = opening;
    this.#context = context;
    this.#position = kept.data ?? { offset: 0, id: String(min), skip: 0, missing: 0 };
    const seal = opening.sealed.get(SOURCE);
    this.#sealedBytes = seal?.start === this.#position.offset ? seal.end - seal.start : 0;
  }

  async *batches(): AsyncGenerator<SourceBatch, undefined> {
    const { signal } = this.#opening;
    try {
      yield* this.#batches();
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }

  async *#batches(): AsyncGenerator<SourceBatch, undefined> {
    const { limits, signal } = this.#opening;
    const { id, skip } = this.#position;
    const parts = idParts(
      { id: BigInt(id), skip },
      {
        ...{ options: this.#options, max: this.#max, limits, signal, http: this.#context.http },
        onCounts: (more) => {
          this.counts = addCounts(this.counts, more);
        },
      },
    );
    for await (const part of parts) {
      if (signal.aborted) return;
      if (!this.#fits(part)) yield this.#batch();
      this.#parts.push(part);
    }
    if (this.#parts.length > 0 && !signal.aborted) yield this.#batch();
    this.#tellMissing();
  }

  /**
   * Whether it goes into the batch that is being filled. What that depends on is the same whoever
   * asks: neither the time nor what was handed out before.
   */
  #fits({ lines }: IdPart): boolean {
    if (this.#parts.length === 0) return true;
    const { limits } = this.#opening;
    const now = sumOf(this.#parts);
    const bytes = now.bytes + (lines?.bytes.length ?? 0);
    if (this.#sealedBytes > 0) return bytes <= this.#sealedBytes;
    const count = now.lines + (lines?.lines ?? 0);
    if (this.#parts.length >= PARTS_A_BATCH_MAX) return false;
    return bytes <= limits.bytes && (limits.lines === 0 || count <= limits.lines);
  }

  #batch(): SourceBatch {
    const parts = this.#parts;
    this.#parts = [];
    this.#sealedBytes = 0;
    const all = parts.map(({ lines }) => lines).filter((lines) => lines !== null);
    const { bytes, lines, ends, isFilled = false } = joined(all);
    const { offset: start, missing } = this.#position;
    const end = start + bytes.length;
    const after = parts.at(-1)?.after;
    this.#position = {
      offset: end,
      ...{ id: String(after?.id ?? this.#position.id), skip: after?.skip ?? 0 },
      missing: missing + parts.filter(({ isMissing }) => isMissing).length,
    };
    return {
      ...{ source: SOURCE, bytes, lines, ends, isFilled, offsets: null, firstLine: null },
      origin: redactedUrl(this.#options.http_service_address + this.#options.http_service_path),
      range: { generation: 0, start, end, crc: crc32(bytes) },
      position: this.#position,
    };
  }

  #tellMissing(): void {
    const { missing } = this.#position;
    const { log, runner } = this.#context;
    if (missing > 0) log.info({ runner, missing }, 'IDs of a partition had no item');
  }
}

function joined(parts: readonly Lines[]): Lines {
  if (parts.length > 0) return joinedLines(parts);
  return { bytes: Buffer.alloc(0), lines: 0, ends: null };
}

function sumOf(parts: readonly IdPart[]) {
  let bytes = 0;
  let lines = 0;
  for (const { lines: some } of parts) {
    bytes += some?.bytes.length ?? 0;
    lines += some?.lines ?? 0;
  }
  return { bytes, lines };
}
