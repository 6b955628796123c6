import type { RandomSource } from '../../kernel/random.ts';
import { WeightedChoice } from '../../resilience/balancers/weighted-choice.ts';
import type { ServiceInstance } from '../service-instance.ts';
import type { WatchUpdate } from '../service-registry.ts';

const NONE: readonly ServiceInstance[] = Object.freeze([]);

/** The instances of one service, as they were told last, ready to be handed out. */
export class CachedService {
  readonly #known = new Map<string, ServiceInstance>();
  #usable = NONE;
  #whole: WeightedChoice<ServiceInstance> | null = null;
  readonly #zones = new Map<string, WeightedChoice<ServiceInstance>>();

  /** Those that get calls, in the order of their IDs; frozen. */
  get usable(): readonly ServiceInstance[] {
    return this.#usable;
  }

  /** All of them, whatever their status. */
  get all(): readonly ServiceInstance[] {
    return [...this.#known.values()];
  }

  take({ isSnapshot, instances, removed }: WatchUpdate): void {
    if (isSnapshot) this.#known.clear();
    for (const instance of instances) this.#known.set(instance.id, instance);
    for (const id of removed) this.#known.delete(id);
    const usable = [...this.#known.values()].filter((instance) => instance.isOnline());
    this.#usable = Object.freeze(usable.sort((a, b) => (a.id < b.id ? -1 : 1)));
    this.#whole = null;
    this.#zones.clear();
  }

  /** One of that zone where there is any, else of all. */
  pick(zone: string | undefined, random: RandomSource): ServiceInstance | null {
    this.#whole ??= new WeightedChoice(this.#usable);
    const near = zone === undefined ? this.#whole : this.#of(zone);
    return (near.isEmpty ? this.#whole : near).pick(random);
  }

  #of(zone: string): WeightedChoice<ServiceInstance> {
    const there = this.#zones.get(zone);
    if (there !== undefined) return there;
    const choice = new WeightedChoice(this.#usable.filter((instance) => instance.zone === zone));
    // Zones that nobody is in are not kept: callers may name any.
    if (!choice.isEmpty) this.#zones.set(zone, choice);
    return choice;
  }
}
