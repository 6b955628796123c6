import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { bootId } from '../sqlite/boot-id.ts';
import { openPartitionStore, type PartitionPlace } from './open-partition-store.ts';

/** One that is opened to see where it is, and for nothing else. */
const NAMESPACE = 'identity';
/** A store may be made anew in the same place, so what was seen is not believed for ever. */
const FRESH_MS = 30_000;

interface Deps {
  readonly place: PartitionPlace;
  readonly clock: Clock;
  /** Longer than this the store is not waited for. */
  readonly timeoutMs: number;
}

interface Sight {
  readonly id: Promise<string>;
  readonly atMs: number;
}

/** Tells which store a place leads to, so that two agents can be asked whether theirs is the same. */
export class PlaceIdentity {
  readonly type: PartitionPlace['type'];
  readonly #deps: Deps;
  #latest: Sight | null = null;

  constructor(deps: Deps) {
    this.type = deps.place.type;
    this.#deps = deps;
  }

  /** @throws AppError as opening the store does, and `timeout`. */
  async id(signal: AbortSignal): Promise<string> {
    const { clock, timeoutMs } = this.#deps;
    const waiting = new AbortController();
    const late = clock.sleep(timeoutMs, AbortSignal.any([signal, waiting.signal])).then(() => {
      throw new AppError('timeout', `the store did not answer within ${timeoutMs} ms`);
    });
    try {
      return await Promise.race([this.#look().id, late]);
    } finally {
      waiting.abort();
      await late.catch(() => undefined);
    }
  }

  /** Those who ask at the same time see the same. */
  #look(): Sight {
    const nowMs = this.#deps.clock.monotonicMs();
    if (this.#latest !== null && nowMs - this.#latest.atMs < FRESH_MS) return this.#latest;
    const sight = { id: seen(this.#deps.place), atMs: nowMs };
    this.#latest = sight;
    sight.id.catch(() => {
      if (this.#latest === sight) this.#latest = null;
    });
    return sight;
  }
}

async function seen(place: PartitionPlace): Promise<string> {
  const store = await openPartitionStore(place, NAMESPACE);
  const { id } = store.identity;
  await store.close();
  // Copies of a machine have copies of its file; the system's own name tells them apart.
  return place.type === 'sqlite' ? `${id}@${await bootId()}` : id;
}
