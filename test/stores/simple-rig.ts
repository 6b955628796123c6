import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openPartitionStore,
  type PartitionPlace,
  type PartitionStrategy,
} from '../../shared/stores/partitions/open-partition-store.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import { RedisServerProcess } from '../support/redis-server.ts';

export const LEASE_MS = 60_000;
export const CLAIM = {
  ...{ workerId: 'w', limit: 100, leaseMs: LEASE_MS },
  ...{ isPreempting: true, attemptsMax: 3, isReturning: false },
};

/** Places for stores of the strategy simple, and a namespace of its own for each test. */
export class SimpleRig {
  readonly server: RedisServerProcess;
  readonly redis: PartitionPlace;
  readonly sqlite: PartitionPlace;
  readonly #dir: string;
  readonly #opened: PartitionStore[] = [];
  #namespaces = 1;

  private constructor(server: RedisServerProcess, dir: string) {
    this.server = server;
    this.redis = { type: 'redis', url: `redis://${server.address}`, prefix: 'fleet-a' };
    this.sqlite = { type: 'sqlite', path: join(dir, 'p.db') };
    this.#dir = dir;
  }

  static async start(): Promise<SimpleRig> {
    const dir = await mkdtemp(join(tmpdir(), 'partitions-'));
    return new SimpleRig(await RedisServerProcess.startDurable(), dir);
  }

  get namespace(): string {
    return `simple-${this.#namespaces}`;
  }

  nextNamespace(): void {
    this.#namespaces += 1;
  }

  /** Of the present namespace in Redis. */
  key(name: string): string {
    return `fleet-a:{${this.namespace}}:${name}`;
  }

  async open(place = this.redis, strategy: PartitionStrategy = 'simple'): Promise<PartitionStore> {
    const store = await openPartitionStore(place, this.namespace, { strategy });
    this.#opened.push(store);
    return store;
  }

  /** Opens a store with so many partitions of ten IDs each. */
  async planned(count: number, place = this.redis): Promise<PartitionStore> {
    const store = await this.open(place);
    await this.plan(store, count);
    return store;
  }

  /** Plans them behind what is planned. */
  async plan(store: PartitionStore, count: number): Promise<void> {
    const { epoch } = await store.campaign({ candidate: 'leader', leaseMs: LEASE_MS });
    const { plannedTo: after } = await store.planState();
    const start = (after ?? -1n) + 1n;
    const partitions = Array.from({ length: count }, (_, nth) => {
      const min = start + BigInt(nth) * 10n;
      return { min, max: min + 9n, options: {}, priority: 0 };
    });
    await store.plan({ epoch, after, to: start + BigInt(count) * 10n - 1n, partitions });
  }

  async closeStores(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((store) => store.close()));
    this.nextNamespace();
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await rm(this.#dir, { recursive: true });
  }
}
