import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../../shared/kernel/clock.ts';
import type { RandomSource } from '../../../shared/kernel/random.ts';
import type { Registry } from '../../../shared/registry/registry.ts';
import type { Watcher } from '../../../shared/registry/service-registry.ts';
import type { StoredInstance } from '../../../shared/stores/registry/registry-store.ts';

const SLOW_MS = 3_000;

/**
 * One who watches a service and goes on to another registry now and then, with the revision that it
 * knows. It may be slow.
 */
export class SimWatcher {
  /** Revisions by ID, as it knows them. */
  readonly #known = new Map<string, number>();
  readonly #service: string;
  #revision: number | null = null;

  constructor(service: string) {
    this.#service = service;
  }

  /** Reads until `signal` aborts, or the registry fails it. */
  async read(
    registry: Registry,
    { clock, random, signal }: { clock: Clock; random: RandomSource; signal: AbortSignal },
  ): Promise<void> {
    const watching = registry.watch(this.#service, this.#from());
    const watcher = await watching.catch(() => null);
    if (watcher === null) return;
    const isSlow = random.next() < 0.3;
    while (!signal.aborted && (await this.#take(watcher, signal))) {
      if (isSlow) await clock.sleep(SLOW_MS * random.next(), signal);
    }
    watcher.stop();
  }

  /** What it knows otherwise than it is. */
  faultsAgainst(there: readonly StoredInstance[]): readonly string[] {
    const is = new Map(there.map(({ record: { id }, revision }) => [id, revision]));
    if (isDeepStrictEqual(new Map([...this.#known].toSorted()), new Map([...is].toSorted())))
      return [];
    const [knows, are] = [this.#known, is].map((some) => JSON.stringify([...some].toSorted()));
    return [`a watcher of ${this.#service} knows ${knows}, there are ${are}`];
  }

  #from() {
    return this.#revision === null ? {} : { revision: this.#revision };
  }

  /** False: nothing comes any more. */
  async #take(watcher: Watcher, signal: AbortSignal): Promise<boolean> {
    const update = await watcher.nextChange(signal).catch(() => 'failed' as const);
    if (update === 'failed') return true;
    // Another one may be read already, and what comes now be older than what that has told.
    if (update === null || signal.aborted) return false;
    if (update.isSnapshot) this.#known.clear();
    for (const { id, revision } of update.instances) this.#known.set(id, revision);
    for (const id of update.removed) this.#known.delete(id);
    this.#revision = update.revision;
    return true;
  }
}
