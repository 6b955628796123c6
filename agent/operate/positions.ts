import { open } from 'node:fs/promises';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import type { CheckpointStore, Move } from '../../shared/stores/checkpoint-store.ts';
import { freshEpoch } from '../runner/epoch.ts';
import type { Runners } from '../runner/runners.ts';
import { FilePosition } from '../tail/identity.ts';
import { findMoved } from '../tail/moved-files.ts';
import { type Aim, aimedOffset, type LineAtTime } from './aim.ts';

interface PositionsDeps {
  readonly runners: Pick<Runners, 'whileStopped'>;
  readonly checkpoints: CheckpointStore;
  readonly lineAtTime: LineAtTime;
  readonly clock: Clock;
}

/** Where reading a source goes on, as people see it. */
export interface SourcePosition {
  readonly source: string;
  readonly path: string;
  readonly generation: number;
  readonly offset: number;
  /** Null: its file is not there, or cannot be told from another. */
  readonly size: number | null;
}

export interface MoveOutcome {
  readonly source: string;
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

export interface MoveAnswer {
  readonly moved: readonly MoveOutcome[];
  /** Sources that stay where they are, and why. */
  readonly skipped: readonly {
    readonly source: string;
    readonly path: string;
    readonly why: string;
  }[];
}

export interface MoveRequest {
  /** Only the source of this path; null: all. */
  readonly path: string | null;
  readonly aim: Aim;
}

interface Place {
  readonly source: string;
  readonly position: FilePosition;
  /** Where its file is now; null when it cannot be found. */
  readonly path: string | null;
  readonly size: number;
}

/** Shows and moves the positions of a runner that reads files. */
export class Positions {
  readonly #deps: PositionsDeps;

  constructor(deps: PositionsDeps) {
    this.#deps = deps;
  }

  async list(runner: string): Promise<SourcePosition[]> {
    const places = await this.#places(runner);
    return places.map(({ source, position, path, size }) => ({
      ...{ source, path: path ?? position.path },
      generation: position.generation,
      offset: position.offset,
      size: path === null ? null : size,
    }));
  }

  /**
   * Moves positions while the runner is stopped: all of them in one transaction, or none.
   * @throws AppError `invalid` for a place that no source of the runner has.
   */
  move(runner: string, request: MoveRequest): Promise<MoveAnswer> {
    return this.#deps.runners.whileStopped(runner, async () => {
      const places = wanted(await this.#places(runner), runner, request);
      const results: (MoveAnswer['skipped'][number] | Planned)[] = [];
      for (const place of places) results.push(await this.#plan(place, request));
      const planned = results.filter((result) => 'move' in result);
      if (planned.length > 0) await this.#commit(runner, planned);
      return {
        moved: planned.map(({ move: { source, from, to }, path }) => ({ source, path, from, to })),
        skipped: results.filter((result) => 'why' in result),
      };
    });
  }

  async #plan(place: Place, { aim, path: only }: MoveRequest) {
    const { source, position } = place;
    const at = { source, path: place.path ?? position.path };
    try {
      const offset = await this.#offset(place, aim);
      const { generation, offset: from } = position;
      const move: Move = {
        source,
        generation,
        from,
        to: offset.offset,
        atMs: this.#deps.clock.now(),
      };
      return { path: at.path, move, position: movedPosition(position, offset) } satisfies Planned;
    } catch (thrown) {
      // Of many sources those that can be are moved; one that was named must be.
      if (only !== null) throw thrown;
      return { ...at, why: messageOf(thrown) };
    }
  }

  async #offset({ path, position, size }: Place, aim: Aim) {
    if (path === null) throw new AppError('invalid', `the file of ${position.path} is not there`);
    const handle = await open(path, 'r');
    try {
      return await aimedOffset({ handle, size, path }, aim, this.#deps.lineAtTime);
    } finally {
      await handle.close();
    }
  }

  async #commit(runner: string, moved: readonly Planned[]): Promise<void> {
    const { checkpoints } = this.#deps;
    const { totals } = await checkpoints.load(runner, freshEpoch());
    await checkpoints.commit({ runner, moved, sinks: [], totals });
  }

  async #places(runner: string): Promise<Place[]> {
    const { positions } = await this.#deps.checkpoints.load(runner, freshEpoch());
    const known = [...positions].flatMap(([source, stored]) => {
      const { data } = FilePosition.safeParse(stored);
      return data === undefined ? [] : [{ source, position: data }];
    });
    const found = await findMoved(known.map(({ position }) => position));
    return known.map(({ source, position }, index) => {
      const file = found[index];
      const isThere = typeof file === 'object';
      return {
        ...{ source, position },
        path: isThere ? file.path : null,
        size: isThere ? Number(file.stats.size) : 0,
      };
    });
  }
}

interface Planned {
  readonly path: string;
  readonly move: Move;
  readonly position: FilePosition;
}

function wanted(places: readonly Place[], runner: string, { path }: MoveRequest): readonly Place[] {
  const known = places.map((place) => place.path ?? place.position.path);
  if (path !== null) {
    const named = places.filter((_, index) => known[index] === path);
    if (named.length > 0) return named;
  } else if (places.length > 0) return places;
  const hint = known.length === 0 ? 'it has read no file yet' : `it reads: ${known.join(', ')}`;
  throw new AppError(
    'invalid',
    `runner ${runner} has no position to move in ${path ?? 'any file'}; ${hint}`,
  );
}

/** Only what still holds is taken over: what was known of the bytes that were read does not. */
function movedPosition(
  position: FilePosition,
  at: { offset: number; inLine: boolean },
): FilePosition {
  const { path, dev, ino, generation, head, born } = position;
  return FilePosition.parse({ path, dev, ino, generation, head, born, ...at });
}
