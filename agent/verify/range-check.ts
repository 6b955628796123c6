import { crc32 } from 'node:zlib';
import { type LedgerRange, settledUnits } from '../../shared/domain/ledger.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import type { FoundSource } from './source-files.ts';
import { chunksOf } from './stored-file.ts';

const LINE_FEED = 0x0a;

/** What comparing a settled range with its source has shown. */
export type RangeVerdict =
  | { readonly state: 'same' }
  | { readonly state: 'different'; readonly why: string }
  | { readonly state: 'not checkable'; readonly why: string };

interface RangeContent {
  readonly bytes: number;
  readonly crc: number;
  readonly lines: number;
}

/** Compares settled ranges with their sources; what several senders have settled is read once. */
export class RangeChecks {
  readonly #sources: ReadonlyMap<string, FoundSource>;
  /** Whether a unit is a line, so that they can be counted against each other. */
  readonly #unitsAreLines: boolean;
  readonly #contents = new Map<string, Promise<RangeContent | string>>();

  constructor(sources: ReadonlyMap<string, FoundSource>, unitsAreLines: boolean) {
    this.#sources = sources;
    this.#unitsAreLines = unitsAreLines;
  }

  async check(range: LedgerRange): Promise<RangeVerdict> {
    const source = this.#sources.get(range.source);
    if (source === undefined) return notCheckable('its file is gone');
    if (source.position.generation !== range.generation) {
      return notCheckable('its file was written anew since');
    }
    const content = await this.#content(source, range);
    if (typeof content === 'string') return notCheckable(content);
    return this.#compare(range, content);
  }

  #compare(range: LedgerRange, { bytes, crc, lines }: RangeContent): RangeVerdict {
    const length = range.end - range.start;
    if (bytes < length) return different(`the file ends ${length - bytes} bytes too early`);
    if (crc !== range.crc) return different('the bytes have another crc32');
    const units = settledUnits(range.units);
    if (this.#unitsAreLines && lines !== units) {
      return different(`the file has ${lines} lines there, and ${units} are settled`);
    }
    return { state: 'same' };
  }

  #content(source: FoundSource, { source: id, start, end }: LedgerRange) {
    const key = `${id} ${start} ${end}`;
    const known = this.#contents.get(key);
    if (known !== undefined) return known;
    const content = contentOf(source, start, end).catch(
      (thrown: unknown) => `its file cannot be read: ${messageOf(thrown)}`,
    );
    this.#contents.set(key, content);
    return content;
  }
}

async function contentOf({ file }: FoundSource, start: number, end: number): Promise<RangeContent> {
  let [bytes, crc, lines, last] = [0, 0, 0, LINE_FEED];
  for await (const chunk of chunksOf(file, start, end)) {
    crc = crc32(chunk, crc);
    bytes += chunk.length;
    lines += lineFeedsIn(chunk);
    last = chunk.at(-1) ?? last;
  }
  // The last line of a file that is over is settled without a line break.
  return { bytes, crc, lines: last === LINE_FEED ? lines : lines + 1 };
}

function lineFeedsIn(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1))
    count += 1;
  return count;
}

function different(why: string): RangeVerdict {
  return { state: 'different', why };
}

function notCheckable(why: string): RangeVerdict {
  return { state: 'not checkable', why };
}
