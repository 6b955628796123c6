import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { IdRange } from '../../shared/domain/id-range.ts';
import type { Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { IntegerKey } from './integer-key.ts';
import { rowLines } from './row-lines.ts';
import type { SqlSession } from './sql-session.ts';
import type { SqlSource } from './sql-source.ts';
import { whileConnected } from './while-connected.ts';

/** The only source that a partition of a table has. */
const SOURCE = 'rows';

const Position = z.object({ next: z.string().regex(/^-?\d+$/) });

/** Rows that are read and not yet handed out. */
interface Held {
  readonly lines: readonly string[];
  readonly keys: readonly bigint[];
}

const NONE: Held = { lines: [], keys: [] };

/** Reads the rows of one partition, in the order of their keys, and ends. */
export function openSharedRows(source: SqlSource, range: IdRange, opening: ReaderOpening): Reader {
  return {
    origin: source.origin,
    batches: whileConnected(source, opening.signal, (session) =>
      rowsOf(session, { source, range, opening }),
    ),
    lag: () => ({ bytes: 0 }),
    trouble: () => null,
  };
}

async function* rowsOf(session: SqlSession, what: What): AsyncGenerator<SourceBatch, undefined> {
  yield* new SharedRows(await IntegerKey.open(session, what.source), what).batches();
}

interface What {
  readonly source: SqlSource;
  readonly range: IdRange;
  readonly opening: ReaderOpening;
}

/**
 * Where a batch begins and ends is told by keys, counted from the first of the partition. So it is
 * the same rows again, and each row has the same id, also when some of them were changed meanwhile.
 */
class SharedRows {
  readonly #key: IntegerKey;
  readonly #what: What;
  #next: bigint;

  constructor(key: IntegerKey, what: What) {
    this.#key = key;
    this.#what = what;
    const known = Position.safeParse(what.opening.positions.get(SOURCE)).data;
    this.#next = known === undefined ? what.range.min : BigInt(known.next);
  }

  async *batches(): AsyncGenerator<SourceBatch, undefined> {
    const sealedTo = this.#sealedTo();
    if (sealedTo !== null) yield this.#batch(await this.#all(sealedTo), sealedTo + 1n);
    const { max } = this.#what.range;
    let held = NONE;
    for (let from = this.#next; from <= max; ) {
      const page = await this.#page(from, max);
      const last = page.keys.at(-1);
      if (last === undefined) break;
      from = last + 1n;
      held = joined(held, page);
      for (let cut = this.#cut(held); cut > 0; cut = this.#cut(held)) {
        yield this.#upTo(held, cut);
        held = { lines: held.lines.slice(cut), keys: held.keys.slice(cut) };
      }
    }
    if (held.keys.length > 0) yield this.#upTo(held, held.keys.length);
  }

  /** The last key of what was being sent when an earlier attempt ended; null: nothing was. */
  #sealedTo(): bigint | null {
    const { opening, range } = this.#what;
    const seal = opening.sealed.get(SOURCE);
    if (seal === undefined || seal.start !== Number(this.#next - range.min)) return null;
    return range.min + BigInt(seal.end) - 1n;
  }

  /** All rows from where it stands up to a key. */
  async #all(to: bigint): Promise<Held> {
    let held = NONE;
    for (let from = this.#next; ; ) {
      const page = await this.#page(from, to);
      const last = page.keys.at(-1);
      if (last === undefined) return held;
      held = joined(held, page);
      from = last + 1n;
    }
  }

  async #page(from: bigint, to: bigint): Promise<Held> {
    const { source } = this.#what;
    const { rows, keys } = await this.#key.page(from, to, source.pageRows);
    return { lines: rowLines(rows), keys };
  }

  /** How many of the rows are a batch; 0: there may be more in it. */
  #cut({ lines }: Held): number {
    const { lines: linesMax, bytes: bytesMax } = this.#what.opening.limits;
    const countMax = linesMax > 0 ? linesMax : Number.MAX_SAFE_INTEGER;
    let bytes = 0;
    for (const [index, line] of lines.entries()) {
      if (index === countMax) return index;
      bytes += Buffer.byteLength(line);
      if (bytes >= bytesMax) return bytes > bytesMax && index > 0 ? index : index + 1;
    }
    return lines.length >= countMax ? countMax : 0;
  }

  #upTo({ lines, keys }: Held, count: number): SourceBatch {
    const some = { lines: lines.slice(0, count), keys: keys.slice(0, count) };
    return this.#batch(some, (keys[count - 1] ?? this.#next) + 1n);
  }

  #batch({ lines, keys }: Held, next: bigint): SourceBatch {
    const { source, range } = this.#what;
    const placeOf = (key: bigint): number => Number(key - range.min);
    const bytes = Buffer.from(lines.join(''));
    const start = placeOf(this.#next);
    this.#next = next;
    return {
      ...{ source: SOURCE, origin: source.origin, bytes, lines: lines.length },
      range: { generation: 0, start, end: placeOf(next), crc: crc32(bytes) },
      position: { next: next.toString() },
      offsets: Float64Array.from(keys, placeOf),
      ...{ ends: null, isFilled: true, firstLine: null },
    };
  }
}

function joined(a: Held, b: Held): Held {
  return { lines: [...a.lines, ...b.lines], keys: [...a.keys, ...b.keys] };
}
