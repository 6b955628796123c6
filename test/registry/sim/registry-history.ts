import type { InstanceEvent } from '../../../shared/domain/instance-record.ts';
import type { RandomSource } from '../../../shared/kernel/random.ts';
import { Registry } from '../../../shared/registry/registry.ts';
import { hasRegistryCode } from '../../../shared/registry/registry-error.ts';
import { readRegistryOptions } from '../../../shared/registry/registry-options.ts';
import { Warden } from '../../../shared/registry/warden.ts';
import type { StoredInstance } from '../../../shared/stores/registry/registry-store.ts';
import { seededRandom } from '../../delivery/support/seeded-random.ts';
import type { Network } from '../../sim/far-store.ts';
import { SimProcess } from '../../sim/sim-process.ts';
import { Timeline } from '../../sim/timeline.ts';
import { FarRegistryStore } from './far-registry-store.ts';
import { SimWatcher } from './sim-watcher.ts';
import { type PlantedFault, WatchedRegistryStore } from './watched-registry-store.ts';

const LEASE_MS = 3_000;
const FAULTY_MS = 30_000;
/** After it nothing is late any more, and whoever does not renew has expired. */
const OVER_MS = FAULTY_MS + 10 * LEASE_MS;
const SERVICES = ['web', 'api'];
const CLIENTS = 6;
const RIGHT = { wallMs: 0, rate: 1 };
const CALM: Network = { latencyMs: 20, faults: 0, lateMs: 0, timeoutMs: 500 };
const OPTIONS = readRegistryOptions({
  ...{ leaseTtlSeconds: LEASE_MS / 1_000, renewIntervalMs: 800 },
  ...{ retryTimes: 1, retryDelayMs: 100, retentionMs: 8_000 },
});

export interface RegistryHistory {
  /** What must never be, and was. */
  readonly faults: readonly string[];
  /** How often what was done to instances. */
  readonly counts: ReadonlyMap<string, number>;
}

interface Master {
  readonly process: SimProcess;
  readonly registry: Registry;
}

/**
 * One history: two masters and their wardens, instances that renew, restart and fall silent,
 * operators who interfere, and all that may go wrong for a while; then peace until nothing changes.
 */
export async function registryHistory(
  seed: number,
  { planted = null }: { readonly planted?: PlantedFault | null } = {},
): Promise<RegistryHistory> {
  const world = new World(seed, planted);
  await world.play();
  return world.outcome();
}

class World {
  readonly #seed: number;
  /** Of this history alone: what waits when it is over would be kept by one that outlasts it. */
  readonly #never = new AbortController().signal;
  readonly #timeline = new Timeline();
  readonly #clock = new SimProcess(this.#timeline, RIGHT);
  readonly #random: RandomSource;
  readonly #watched: WatchedRegistryStore;
  readonly #masters: Master[] = [];
  readonly #watchers = SERVICES.flatMap((name) => [new SimWatcher(name), new SimWatcher(name)]);
  readonly #faults: string[] = [];
  #network: Network;
  #lives = 0;

  constructor(seed: number, planted: PlantedFault | null) {
    this.#seed = seed;
    this.#random = seededRandom(seed, 'world');
    this.#watched = new WatchedRegistryStore(this.#clock, planted);
    const faults = 0.08 * this.#random.next();
    this.#network = { latencyMs: 60, faults, lateMs: 2 * LEASE_MS, timeoutMs: 500 };
  }

  async play(): Promise<void> {
    for (let nth = 0; nth < 2; nth += 1) this.#live(nth);
    for (let nth = 0; nth < CLIENTS; nth += 1) void this.#client(nth);
    for (const [nth, watcher] of this.#watchers.entries()) void this.#watch(watcher, nth);
    void this.#operators();
    for (let atMs = 0; atMs < FAULTY_MS; atMs += 5_000 * this.#random.next()) {
      this.#timeline.at(atMs, () => this.#strike());
    }
    this.#timeline.at(FAULTY_MS, () => (this.#network = CALM));
    await this.#timeline.run(async () => this.#timeline.nowMs >= OVER_MS, OVER_MS + 1_000);
  }

  async outcome(): Promise<RegistryHistory> {
    const there = await this.#watched.store.list({ service: null, after: '', limit: 1_000 });
    for (const stored of there) {
      const events = await this.#watched.store.history(stored.record.id);
      this.#faults.push(...wrongAtTheEnd(stored, events));
    }
    for (const [nth, watcher] of this.#watchers.entries()) {
      const name = serviceOf(Math.floor(nth / 2));
      this.#faults.push(
        ...watcher.faultsAgainst(there.filter(({ record }) => record.name === name)),
      );
    }
    const { faults, counts } = this.#watched;
    return { faults: [...faults, ...this.#faults], counts };
  }

  get #isPeace(): boolean {
    return this.#timeline.nowMs >= FAULTY_MS;
  }

  #live(nth: number): void {
    this.#lives += 1;
    const owner = `m${nth}.${this.#lives}`;
    const random = seededRandom(this.#seed, owner);
    const process = new SimProcess(this.#timeline, {
      wallMs: 600_000 * (random.next() - 0.5),
      rate: 0.98 + 0.04 * random.next(),
    });
    const [world, network] = [this.#clock, () => this.#network];
    const store = new FarRegistryStore(this.#watched.store, { process, world, random, network });
    const registry = new Registry({ store, options: OPTIONS, clock: process });
    const look = async () => (!this.#isPeace && random.next() < 0.3 ? 'refused' : null);
    const parts = { registry, store, clock: process, look };
    void new Warden({ ...parts, options: OPTIONS, owner }).run(this.#never);
    this.#masters[nth] = { process, registry };
  }

  /** Something goes wrong, with a master. */
  #strike(): void {
    const nth = Math.floor(this.#random.next() * this.#masters.length);
    const victim = this.#masters[nth];
    if (victim === undefined) return;
    if (this.#random.next() < 0.7) victim.process.pause(3 * LEASE_MS * this.#random.next());
    else {
      victim.process.kill();
      this.#live(nth);
    }
  }

  /** An instance: it renews, registers when it is told to, starts anew, or falls silent. */
  async #client(nth: number): Promise<void> {
    const random = seededRandom(this.#seed, `client ${nth}`);
    const check = nth % 3 === 0 ? { type: 'tcp' as const, interval_ms: 1_000, failures: 1 } : null;
    const given = { id: idOf(nth), name: serviceOf(nth), address: 'a:80', check };
    let isKnown = false;
    while (this.#timeline.nowMs < OVER_MS - LEASE_MS / 2) {
      if (this.#isPeace && nth % 2 === 0) return;
      if (this.#happens(random)) await this.#clock.sleep(3 * LEASE_MS, this.#never);
      const mustRegister = !isKnown || this.#happens(random);
      const said = await this.#ask(random, ({ registry }) =>
        mustRegister ? registry.register(given) : registry.renew(given.id),
      );
      if (said === 'done') isKnown = true;
      else if (hasRegistryCode(said, 'SERVICE_NOT_FOUND')) isKnown = false;
      await this.#clock.sleep(400 + 400 * random.next(), this.#never);
    }
  }

  /** Now and then, while there is no peace. */
  #happens(random: RandomSource): boolean {
    return !this.#isPeace && random.next() < 0.05;
  }

  async #operators(): Promise<void> {
    const random = seededRandom(this.#seed, 'operators');
    while (this.#timeline.nowMs < FAULTY_MS) {
      const id = idOf(Math.floor(random.next() * CLIENTS));
      const chance = random.next();
      await this.#ask(random, async ({ registry, process }) => {
        if (chance < 0.2) await registry.offline(id);
        else if (chance < 0.35) await registry.unregister(id);
        else if (chance < 0.6) {
          const until = chance < 0.5 ? new Date(process.now() + 4_000).toISOString() : null;
          await registry.override(id, { status: 'maintenance', until }, 'ann');
        } else await registry.endOverride(id, 'ann');
      });
      await this.#clock.sleep(2_000 * random.next(), this.#never);
    }
  }

  async #watch(watcher: SimWatcher, nth: number): Promise<void> {
    const random = seededRandom(this.#seed, `watcher ${nth}`);
    for (let turn = 0; this.#timeline.nowMs < OVER_MS; turn += 1) {
      const master = this.#masters[(turn + nth) % this.#masters.length];
      if (master === undefined) return;
      const ending = new AbortController();
      const forMs = this.#isPeace ? OVER_MS : 8_000 * random.next();
      const over = this.#clock.sleep(forMs, this.#never).then(() => ending.abort());
      const reading = { clock: this.#clock, random, signal: ending.signal };
      // One that reads of a dead master never ends by itself.
      await Promise.race([watcher.read(master.registry, reading), over]);
      ending.abort();
      await this.#clock.sleep(100, this.#never);
    }
  }

  /** Of one of the masters; what came of it, or nothing in time. */
  async #ask(random: RandomSource, call: (master: Master) => Promise<unknown>): Promise<unknown> {
    const master = this.#masters[Math.floor(random.next() * this.#masters.length)];
    if (master === undefined) return null;
    const said = call(master).then(
      () => 'done',
      (thrown: unknown) => thrown,
    );
    return Promise.race([said, this.#clock.sleep(2_000, this.#never)]);
  }
}

/** What cannot be when nothing happens any more. */
function wrongAtTheEnd(
  { record, lease }: StoredInstance,
  events: readonly InstanceEvent[],
): readonly string[] {
  const faults: string[] = [];
  if ((record.lifecycle === 'up') !== (lease !== null))
    faults.push('has no lease, or one too many');
  if (lease !== null && lease.leftMs <= 0) faults.push('has not expired');
  const last = events.find(({ event }) => LIFECYCLES.has(event));
  if (last !== undefined && LIFECYCLES.get(last.event) !== record.lifecycle) {
    faults.push(`is ${record.lifecycle}, and its history ends with ${last.event}`);
  }
  return faults.map((fault) => `${record.id} ${fault}`);
}

const LIFECYCLES: ReadonlyMap<InstanceEvent['event'], string> = new Map([
  ['registered', 'up'],
  ['re-registered', 'up'],
  ['revived', 'up'],
  ['expired', 'expired'],
  ['offline', 'offline'],
]);

function idOf(client: number): string {
  return `${serviceOf(client)}-${client}`;
}

function serviceOf(nth: number): string {
  return SERVICES[nth % SERVICES.length] ?? 'web';
}
