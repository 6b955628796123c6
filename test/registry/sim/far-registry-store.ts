import { AppError } from '../../../shared/kernel/errors.ts';
import type { RandomSource } from '../../../shared/kernel/random.ts';
import type {
  InstanceChange,
  InstancePage,
  RegistryStore,
} from '../../../shared/stores/registry/registry-store.ts';
import type { Network } from '../../sim/far-store.ts';
import type { SimProcess } from '../../sim/sim-process.ts';

interface FarFrom {
  readonly process: SimProcess;
  /** Where things are on their way whatever becomes of the process. */
  readonly world: SimProcess;
  readonly random: RandomSource;
  readonly network: () => Network;
}

/**
 * The store as a process sees it over a network that loses, delays and doubles requests and answers:
 * what it does not wait for any more may happen all the same, much later.
 */
export class FarRegistryStore implements RegistryStore {
  readonly #store: RegistryStore;
  readonly #from: FarFrom;
  readonly #never = new AbortController().signal;

  constructor(store: RegistryStore, from: FarFrom) {
    this.#store = store;
    this.#from = from;
  }

  find = (ids: readonly string[]) => this.#far(() => this.#store.find(ids));
  list = (page: InstancePage) => this.#far(() => this.#store.list(page));
  services = () => this.#far(() => this.#store.services());
  write = (changes: readonly InstanceChange[]) => this.#far(() => this.#store.write(changes));
  renew = (ids: readonly string[], ttlMs: number) => this.#far(() => this.#store.renew(ids, ttlMs));
  overdue = (limit: number) => this.#far(() => this.#store.overdue(limit));
  changesSince = (revision: number, limit: number) =>
    this.#far(() => this.#store.changesSince(revision, limit));
  revision = () => this.#far(() => this.#store.revision());
  history = (id: string) => this.#far(() => this.#store.history(id));
  own = (owner: string, leaseMs: number) => this.#far(() => this.#store.own(owner, leaseMs));
  disown = (owner: string) => this.#far(() => this.#store.disown(owner));
  forget = (keep: number) => this.#far(() => this.#store.forget(keep));
  close = async () => undefined;

  async #far<T>(call: () => Promise<T>): Promise<T> {
    const { process, world } = this.#from;
    const answered = Promise.withResolvers<() => T>();
    void this.#ask(call).then((answer) => {
      if (answer !== null) answered.resolve(answer);
    });
    const gaveUp = world.sleep(this.#from.network().timeoutMs, this.#never).then(() => () => {
      throw new AppError('timeout', 'no answer from the store');
    });
    const answer = await Promise.race([answered.promise, gaveUp]);
    // A process that stands still hears of it later, and a dead one never.
    await process.sleep(0, this.#never);
    return answer();
  }

  /** Null: the request or its answer got lost. */
  async #ask<T>(call: () => Promise<T>): Promise<(() => T) | null> {
    const { world, random, network } = this.#from;
    if (!(await this.#travels())) return null;
    const { faults, lateMs } = network();
    if (random.next() < faults) {
      void world
        .sleep(lateMs * random.next(), this.#never)
        .then(() => call().catch(() => undefined));
    }
    const answer = await call().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    return (await this.#travels()) ? answer : null;
  }

  /** False: it got lost on its way. */
  async #travels(): Promise<boolean> {
    const { world, random, network } = this.#from;
    const { latencyMs, faults, lateMs } = network();
    const chance = random.next();
    const isLate = chance > faults && chance < 2 * faults;
    await world.sleep((isLate ? lateMs : latencyMs) * random.next(), this.#never);
    return chance >= faults;
  }
}
