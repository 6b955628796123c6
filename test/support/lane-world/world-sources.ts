import { crc32 } from 'node:zlib';
import type {
  Reader,
  ReaderOpening,
  SealedRange,
  SourceBatch,
} from '../../../agent/plugins/plugin.ts';
import type { Clock } from '../../../shared/kernel/clock.ts';
import type { RandomSource } from '../../../shared/kernel/random.ts';
import type { Life } from './life.ts';

const POLL_MS = 250;
const LINES_MAX = 6;
/** A sink with a strict mind does not take these. */
export const POISON = 'poison';

/** Files in memory that only grow; each line of them is there once. */
export class WorldSources {
  readonly #texts: Map<string, string[]>;
  /** Whether what is unread is about to be lost. */
  isLosing = false;

  constructor(names: readonly string[]) {
    this.#texts = new Map(names.map((name) => [name, []]));
  }

  get names(): readonly string[] {
    return [...this.#texts.keys()];
  }

  linesOf(source: string): readonly string[] {
    return this.#texts.get(source) ?? [];
  }

  get lineCount(): number {
    return this.names.reduce((sum, name) => sum + this.linesOf(name).length, 0);
  }

  append(source: string, lines: number, isBad: boolean): void {
    const text = this.#texts.get(source) ?? [];
    for (let nth = 0; nth < lines; nth += 1) {
      const word = isBad && nth === lines - 1 ? POISON : 'line';
      text.push(`${source} ${word} ${text.length}\n`);
    }
  }

  bytesOf(source: string): Buffer {
    return Buffer.from(this.linesOf(source).join(''));
  }

  /** Cuts batches at random, but for what is sealed; the sources take turns at random, too. */
  reader(opening: ReaderOpening, life: Life, clock: Clock, random: RandomSource): Reader {
    const cursors = this.names.map(
      (name) => new Cursor(name, opening.positions.get(name), opening.sealed.get(name)),
    );
    const linesOf = (name: string) => this.linesOf(name);
    async function* read(): AsyncGenerator<SourceBatch> {
      while (!opening.signal.aborted) {
        await life.step();
        const unread = cursors.filter((cursor) => cursor.next < linesOf(cursor.name).length);
        const cursor = unread[Math.floor(random.next() * unread.length)];
        if (cursor === undefined) await clock.sleep(POLL_MS, opening.signal);
        else yield cursor.take(linesOf(cursor.name), random);
      }
    }
    return {
      ...{ origin: '/world', batches: read(), lag: () => ({ bytes: 0 }), trouble: () => null },
      isLosing: async () => this.isLosing,
    };
  }
}

class Cursor {
  readonly name: string;
  /** The line that comes next. */
  next: number;
  #sealed: SealedRange | undefined;

  constructor(name: string, position: unknown, sealed: SealedRange | undefined) {
    this.name = name;
    this.next = typeof position === 'number' ? position : 0;
    this.#sealed = sealed;
  }

  take(lines: readonly string[], random: RandomSource): SourceBatch {
    const from = this.next;
    const start = Buffer.byteLength(lines.slice(0, from).join(''));
    const sealed = this.#sealed;
    this.#sealed = undefined;
    let to = Math.min(lines.length, from + 1 + Math.floor(random.next() * LINES_MAX));
    if (sealed !== undefined && sealed.start === start) {
      for (let end = start, at = from; at < lines.length && end < sealed.end; at += 1) {
        end += Buffer.byteLength(lines[at] ?? '');
        to = at + 1;
      }
    }
    const bytes = Buffer.from(lines.slice(from, to).join(''));
    this.next = to;
    return {
      ...{ source: this.name, origin: `/${this.name}`, bytes, lines: to - from },
      ...{ ends: null, offsets: null, firstLine: null, position: to },
      range: { generation: 0, start, end: start + bytes.length, crc: crc32(bytes) },
    };
  }
}
