import type { Clock } from '../../shared/kernel/clock.ts';
import { NO_COUNTS } from '../framing/framing.ts';
import type { Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import type { Discovered } from './follow-set.ts';
import { reasonOf } from './found-file.ts';
import { FilePosition, fileKey, newSourceId } from './identity.ts';
import { NO_LINES, Progress } from './progress.ts';

const RETRY_MS = 1_000;

interface Importing {
  readonly origin: string;
  /** Positions that another program has left. */
  readonly imports: () => Promise<readonly FilePosition[]>;
  readonly discover: () => Promise<Discovered>;
  readonly wants: (path: string) => boolean;
  /** Reads, from these positions on. */
  readonly open: (positions: ReaderOpening['positions']) => Reader;
  readonly clock: Clock;
}

/** Whether positions of another program are to be taken over: never yet, or not all of them. */
export function mayImport(positions: ReaderOpening['positions']): boolean {
  return positions.size === 0 || [...positions.values()].some(isPartOfImport);
}

/**
 * Has the positions of another program settled, all of them, before it reads the first line. Until
 * the last one is, each says that there are others to come: a start that is cut short is made again.
 */
export class ImportingReader implements Reader {
  readonly origin: string;
  readonly batches: AsyncIterable<SourceBatch>;
  readonly #importing: Importing;
  readonly #opening: ReaderOpening;
  #reader: Reader | null = null;
  #trouble: string | null = null;

  constructor(importing: Importing, opening: ReaderOpening) {
    this.origin = importing.origin;
    this.#importing = importing;
    this.#opening = opening;
    this.batches = { [Symbol.asyncIterator]: () => this.#run() };
  }

  lag() {
    return this.#reader?.lag() ?? { bytes: 0 };
  }

  counts() {
    return this.#reader?.counts?.() ?? NO_COUNTS;
  }

  trouble(): string | null {
    return this.#reader?.trouble() ?? this.#trouble;
  }

  gone(): readonly string[] {
    return this.#reader?.gone?.() ?? [];
  }

  async isLosing(): Promise<boolean> {
    return (await this.#reader?.isLosing?.()) ?? false;
  }

  async *#run(): AsyncGenerator<SourceBatch, undefined> {
    const { signal, positions } = this.#opening;
    const imported = await this.#imported();
    if (signal.aborted) return;
    const partly = [...positions].flatMap(([source, stored]) => {
      const { success, data } = FilePosition.safeParse(stored);
      return success ? [{ source, position: data }] : [];
    });
    const sources = [...partly.filter(({ position }) => isPartOfImport(position)), ...imported];
    for (const { source, position } of imported) {
      yield announcement(source, { ...position, isPartOfImport: true });
    }
    const settled = new Map(positions);
    for (const { source, position } of sources) {
      const whole = { ...position, isPartOfImport: undefined };
      yield announcement(source, whole);
      settled.set(source, whole);
    }
    this.#reader = this.#importing.open(settled);
    yield* this.#reader.batches;
  }

  /** Nothing is begun while they cannot be read, lest it be read twice. */
  async #imported() {
    const { origin, clock } = this.#importing;
    const { signal } = this.#opening;
    while (!signal.aborted) {
      try {
        return await this.#wanted();
      } catch (thrown) {
        this.#trouble = `cannot read ${origin}: ${reasonOf(thrown)}`;
      }
      await clock.sleep(RETRY_MS, signal);
    }
    return [];
  }

  async #wanted() {
    const { imports, discover, wants } = this.#importing;
    const positions = await imports();
    if (positions.length === 0) return [];
    const { files } = await discover();
    const found = new Set(files.map(({ key }) => key));
    const known = new Set([...this.#opening.positions.values()].map(keyOf));
    return positions
      .filter((position) => wants(position.path) || found.has(fileKey(position)))
      .filter((position) => !known.has(fileKey(position)))
      .map((position) => ({ source: sourceOf(position), position }));
  }
}

function isPartOfImport(stored: unknown): boolean {
  return FilePosition.safeParse(stored).data?.isPartOfImport === true;
}

function keyOf(stored: unknown): string | null {
  const { success, data } = FilePosition.safeParse(stored);
  return success ? fileKey(data) : null;
}

function sourceOf({ dev, ino, born, path, head }: FilePosition): string {
  const stats = { dev: BigInt(dev), ino: BigInt(ino), birthtimeNs: BigInt(born) };
  return newSourceId(stats, path, head);
}

function announcement(source: string, position: FilePosition): SourceBatch {
  return new Progress(source, position).batch(NO_LINES);
}
