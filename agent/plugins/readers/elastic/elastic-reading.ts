import { AppError, toAppError } from '../../../../shared/kernel/errors.ts';
import { lineBatch } from '../../../sql/line-batch.ts';
import { turns } from '../../../sql/turns.ts';
import type { PluginContext, ReaderOpening, SealedRange, SourceBatch } from '../../plugin.ts';
import { answerOf, type Hit } from './answer.ts';
import { type ElasticPosition, firstPosition, keptPosition } from './elastic-position.ts';
import { type ElasticServer, isUnknown } from './elastic-server.ts';
import type { ElasticSource, RisingField } from './elastic-source.ts';
import { Filling } from './filling.ts';
import { openSnapshot, type ServerWays, searchPath } from './open-snapshot.ts';
import { PitSnapshot } from './pit-snapshot.ts';
import { readAgain, readWhole, readWith, wasRead } from './read-value.ts';
import { EVERYTHING, highestSearch, rangeSearch, type Search } from './search.ts';
import type { Snapshot } from './snapshot.ts';

interface ReadingDeps {
  readonly source: ElasticSource;
  readonly server: ElasticServer;
  readonly ways: ServerWays;
  readonly opening: ReaderOpening;
  readonly context: PluginContext;
}

/** One way through a snapshot. */
interface Run {
  readonly snapshot: Snapshot;
  /** The highest value that is wanted; null: there is no end. */
  readonly upTo: string | null;
  /** When it was looked what there is. */
  readonly sinceMs: number | null;
}

/**
 * The documents of an index: all of them at each turn, or those behind the last one in the order of
 * a rising field. What a run hands out is of one snapshot. A point in time outlives this process, so
 * that a run which was cut off goes on in it with the very next document; without one, all documents
 * are read anew, or those behind the last value that was settled.
 */
export class ElasticReading {
  readonly #deps: ReadingDeps;
  readonly #isUnfinished: boolean;
  #position: ElasticPosition;
  /** What was on its way when the last process ended. */
  #sealed: SealedRange | undefined;
  /** A position that was kept tells of the snapshot at hand. */
  #isKept = false;

  constructor(deps: ReadingDeps) {
    const { source, opening } = deps;
    const kept = keptPosition(source, opening);
    this.#deps = deps;
    this.#position = kept ?? firstPosition(source);
    this.#isUnfinished = kept !== null && !kept.isDone;
    this.#sealed = opening.sealed.get(source.id);
  }

  async *batches(): AsyncGenerator<SourceBatch, undefined> {
    const { source, opening, context } = this.#deps;
    const { key, cron, pollMs } = source;
    const { clock } = context;
    const isAtStart = this.#isDueAtStart(yield* this.#goOn());
    const every = { cron, pollMs: key === null ? 0 : pollMs, isAtStart };
    const due = turns({ ...every, clock, signal: opening.signal });
    while ((await due.next()).done !== true) {
      yield* key === null ? this.#everything() : this.#untilNow(key);
    }
  }

  /** Without a schedule all documents are read once, and not at every start. */
  #isDueAtStart(hasGoneOn: boolean): boolean {
    const { key, cron, isRunAtStart } = this.#deps.source;
    if (key !== null) return isRunAtStart;
    if (hasGoneOn) return false;
    if (this.#isUnfinished) return true;
    // A run that has found nothing may have come before the first index of a pattern.
    const { isDone, offset } = this.#position;
    return isRunAtStart && (cron !== '' || !isDone || offset === 0);
  }

  /** Goes on with the run that was cut off; false: there was none, or the server has forgotten it. */
  async *#goOn(): AsyncGenerator<SourceBatch, boolean> {
    const { source, server, ways, context } = this.#deps;
    const { pit, sinceMs } = this.#position;
    const { runner } = context;
    if (pit !== null && ways.hasPit) {
      this.#isKept = true;
      const search = this.#search(pit.upTo);
      const snapshot = new PitSnapshot(server, search, { ...source, ...pit });
      try {
        yield* this.#through({ snapshot, upTo: pit.upTo, sinceMs });
        return true;
      } catch (thrown) {
        if (toAppError(thrown).kind !== 'not_found') throw thrown;
      }
    }
    if (this.#isUnfinished) {
      const what = source.key === null ? 'all documents are read anew' : 'it goes on by its field';
      context.log.warn({ runner, index: source.origin }, `a run was cut off: ${what}`);
    }
    this.#useUpSeal();
    return false;
  }

  async *#everything(): AsyncGenerator<SourceBatch, undefined> {
    const nowMs = this.#deps.context.clock.now();
    const generation = Math.max(nowMs, this.#position.generation + 1);
    this.#position = { ...this.#position, generation, offset: 0 };
    const indices = this.#deps.source.indices(nowMs, nowMs);
    const snapshot = await openSnapshot(this.#deps, indices, EVERYTHING);
    yield* this.#begin({ snapshot, upTo: null, sinceMs: nowMs });
  }

  /** Whatever is there now; ends when there is no more. */
  async *#untilNow(key: RisingField): AsyncGenerator<SourceBatch, undefined> {
    const { source, server, opening, context } = this.#deps;
    const { clock } = context;
    const { signal } = opening;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      const nowMs = clock.now();
      const sinceMs = (this.#position.sinceMs ?? nowMs) - source.settleMs;
      const indices = source.indices(sinceMs, nowMs);
      const upTo = await this.#highest(key, indices);
      const hasNone = upTo === null && this.#position.read === null;
      server.missing = hasNone ? `waiting for documents with the field ${key.name}` : null;
      if (upTo === null || this.#isRead(upTo)) {
        this.#position = { ...this.#position, sinceMs: nowMs };
        // So that after a long time without news nobody looks into the indices of all of it.
        if (indices.length > 1) yield this.#batch([]);
        return;
      }
      // What has a value that is not higher can be found by then.
      await clock.sleep(source.settleMs, signal);
      if (isOver()) return;
      this.#position = { ...this.#position, read: readAgain(this.#position.read) };
      const snapshot = await openSnapshot(this.#deps, indices, this.#search(upTo));
      yield* this.#begin({ snapshot, upTo, sinceMs: nowMs });
    }
  }

  async #highest(key: RisingField, indices: readonly string[]): Promise<string | null> {
    const { source, server } = this.#deps;
    const path = searchPath(this.#deps, indices);
    const body = highestSearch(key, this.#position.read);
    try {
      const [highest] = answerOf(server.where, await server.ask({ path, body })).hits;
      return highest?.value ?? null;
    } catch (thrown) {
      if (source.isShifted && isUnknown(toAppError(thrown))) return null;
      throw thrown;
    }
  }

  #isRead(value: string): boolean {
    const { read } = this.#position;
    if (read === null || read.value !== value) return false;
    return read.names === 'all' || (read.names !== 'many' && read.names.length > 0);
  }

  #search(upTo: string | null): Search {
    const { key } = this.#deps.source;
    if (key === null) return EVERYTHING;
    return rangeSearch(key, { after: this.#position.read, upTo });
  }

  /** Keeps what the run is of before its first document, and goes through it. */
  async *#begin(run: Run): AsyncGenerator<SourceBatch, undefined> {
    this.#isKept = false;
    this.#position = {
      ...this.#position,
      ...{ isDone: false, sinceMs: this.#position.sinceMs ?? run.sinceMs },
      pit: pitOf(run, null),
    };
    yield* this.#through(run, [this.#batch([])]);
  }

  async *#through(
    run: Run,
    first: readonly SourceBatch[] = [],
  ): AsyncGenerator<SourceBatch, undefined> {
    const { snapshot, sinceMs } = run;
    const before = this.#position.read;
    const filling = new Filling(this.#deps.opening.limits, this.#sealedBytes());
    let isAtEnd = false;
    try {
      yield* first;
      for (let hits = await snapshot.next(); hits.length > 0; hits = await snapshot.next()) {
        filling.add(hits.filter((hit) => !wasRead(before, hit)));
        for (let some = filling.take(); some.length > 0; some = filling.take()) {
          yield this.#batch(some, run);
        }
      }
      if (filling.sealedBytes > 0) this.#useUpSeal();
      const rest = filling.rest();
      if (rest.length > 0) yield this.#batch(rest, run);
      isAtEnd = true;
      const read = readWhole(this.#position.read);
      this.#position = { ...this.#position, pit: null, isDone: true, read, sinceMs };
      yield this.#batch([]);
    } finally {
      if (isAtEnd || snapshot.id === null || !this.#isKept) await snapshot.close();
    }
  }

  #batch(hits: readonly Hit[], run: Run | null = null): SourceBatch {
    const { id, origin, key } = this.#deps.source;
    const lines = hits.map(({ line, name }) => line ?? sourceless(name));
    const { generation, offset: start, read } = this.#position;
    if (hits.length > 0) this.#sealed = undefined;
    const batch = lineBatch({
      ...{ source: id, origin, lines, generation, start },
      positionAt: (offset) => {
        this.#position = {
          ...this.#position,
          ...{ offset, read: key === null ? null : readWith(read, hits) },
          ...(run !== null && { pit: pitOf(run, hits.at(-1)?.sort ?? null) }),
        };
        return this.#position;
      },
    });
    const settled = () => {
      this.#isKept = true;
    };
    return { ...batch, settled };
  }

  /** Of the batch that comes next; 0: none is sealed. */
  #sealedBytes(): number {
    const { generation, offset } = this.#position;
    const seal = this.#sealed;
    const isNext = seal?.generation === generation && seal.start === offset;
    return isNext ? seal.end - seal.start : 0;
  }

  /** What was on its way cannot be made again for certain: its range is given to nothing else. */
  #useUpSeal(): void {
    const { generation, offset } = this.#position;
    if (this.#sealed?.generation === generation) {
      this.#position = { ...this.#position, offset: Math.max(offset, this.#sealed.end) };
    }
    this.#sealed = undefined;
  }
}

function pitOf({ snapshot, upTo }: Run, after: string | null): ElasticPosition['pit'] {
  return snapshot.id === null ? null : { id: snapshot.id, after, upTo };
}

function sourceless(name: string): never {
  throw new AppError(
    'invalid',
    `the document ${name} comes without its _source, which is disabled`,
  );
}
