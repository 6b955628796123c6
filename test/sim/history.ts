import { isDeepStrictEqual } from 'node:util';
import { Coordinator } from '../../shared/coordinator/coordinator.ts';
import type { Planner, Processor } from '../../shared/coordinator/processor.ts';
import { Coverage } from '../../shared/domain/coverage.ts';
import { openCount } from '../../shared/domain/partition.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import { seededRandom } from '../delivery/support/seeded-random.ts';
import { FarStore, type Network } from './far-store.ts';
import { SimProcess } from './sim-process.ts';
import { Timeline } from './timeline.ts';
import { WatchedStore } from './watched-store.ts';

const LAST_ID = 200n;
const SIZE = 10n;
const LEASE_MS = 3_000;
const FAULTY_MS = 60_000;
/** Long enough for all that is left when nothing goes wrong any more. */
const PATIENCE_MS = 3_600_000;
const POISON_SHARE = 0.03;

const CALM: Network = { latencyMs: 20, faults: 0, lateMs: 0, timeoutMs: 500 };

export interface HistoryOptions {
  /** False: the store takes what comes with a dead token, which must be found out. */
  readonly isFencing?: boolean;
}

export interface History {
  /** What must never be, and was. */
  readonly faults: readonly string[];
  readonly claims: number;
  readonly kills: number;
}

/** One history: some coordinators, all that may go wrong for a minute, and then peace until all is done. */
export async function history(seed: number, options: HistoryOptions = {}): Promise<History> {
  const world = new World(seed, options);
  await world.play();
  return world.outcome();
}

class World {
  readonly #timeline = new Timeline();
  readonly #random: RandomSource;
  readonly #seed: number;
  readonly #watched: WatchedStore;
  readonly #faults: string[] = [];
  /** By ID, what a sink has taken that refuses older tokens than it has seen for a partition. */
  readonly #taken = new Map<number, number>();
  readonly #seenToken = new Map<number, number>();
  readonly #processes = new Map<string, { process: SimProcess; coordinator: Coordinator }>();
  #network: Network;
  #claims = 0;
  #kills = 0;
  #lives = 0;

  constructor(seed: number, { isFencing = true }: HistoryOptions) {
    this.#seed = seed;
    this.#random = seededRandom(seed, 'world');
    const clock = new SimProcess(this.#timeline, { wallMs: 0, rate: 1 });
    this.#watched = new WatchedStore(clock, isFencing);
    const faults = 0.08 * this.#random.next();
    this.#network = { latencyMs: 60, faults, lateMs: 2 * LEASE_MS, timeoutMs: 500 };
  }

  async play(): Promise<void> {
    const workers = 2 + Math.floor(this.#random.next() * 3);
    for (let nth = 0; nth < workers; nth += 1) this.#live(`w${nth}`);
    for (let atMs = 0; atMs < FAULTY_MS; atMs += 8_000 * this.#random.next()) {
      this.#timeline.at(atMs, () => this.#strike());
    }
    this.#timeline.at(FAULTY_MS, () => this.#calm());
    const isOver = async () => this.#timeline.nowMs > FAULTY_MS && (await this.#isDone());
    if (!(await this.#timeline.run(isOver, PATIENCE_MS))) this.#faults.push('it is never done');
  }

  async outcome(): Promise<History> {
    await this.#checkAllDone();
    await this.#checkCounts();
    return {
      faults: [...this.#watched.faults, ...this.#faults],
      claims: this.#claims,
      kills: this.#kills,
    };
  }

  async #isDone(): Promise<boolean> {
    const { plannedTo } = await this.#watched.store.planState();
    return plannedTo === LAST_ID && openCount(await this.#watched.store.counts()) === 0;
  }

  #live(workerId: string): void {
    this.#lives += 1;
    const name = `${workerId}.${this.#lives}`;
    const random = seededRandom(this.#seed, name);
    const process = new SimProcess(this.#timeline, {
      wallMs: 600_000 * (random.next() - 0.5),
      rate: 0.98 + 0.04 * random.next(),
    });
    const store = new FarStore(this.#watched.store, {
      process,
      random,
      network: () => this.#network,
    });
    const coordinator = new Coordinator({
      ...{ workerId, store, clock: process, random },
      processor: this.#processor(process, random),
      planner: PLANNER,
      options: {
        task_window: 1 + Math.floor(random.next() * 4),
        allow_preemption: random.next() < 0.5,
        heartbeat_interval_ms: 800,
        partition_lock_expiry_ms: LEASE_MS,
        leader_lock_expiry_ms: LEASE_MS,
        leader_election_interval_ms: 5_000,
        allocation_interval_ms: 2_000,
        worker_partition_multiple: 1 + Math.floor(random.next() * 3),
        attempts_max: 6,
        retry_first_ms: 300,
        task_timeout_ms: random.next() < 0.5 ? 20_000 : 0,
        task_grace_ms: 500,
      },
      events: { claimed: (partitions) => (this.#claims += partitions.length) },
    });
    this.#processes.set(workerId, { process, coordinator });
    coordinator.start();
  }

  /** Something goes wrong, with somebody. */
  #strike(): void {
    const names = [...this.#processes.keys()];
    const workerId = names[Math.floor(this.#random.next() * names.length)];
    const victim = this.#processes.get(workerId ?? '');
    if (workerId === undefined || victim === undefined) return;
    const chance = this.#random.next();
    if (chance < 0.4) {
      victim.process.pause(3 * LEASE_MS * this.#random.next());
    } else if (chance < 0.7) {
      this.#kills += 1;
      victim.process.kill();
      this.#again(workerId);
    } else if (chance < 0.85) {
      void victim.coordinator.stop().then(() => this.#again(workerId));
    }
  }

  #again(workerId: string): void {
    const atMs = this.#timeline.nowMs + 2 * LEASE_MS * this.#random.next();
    this.#timeline.at(atMs, () => this.#live(workerId));
  }

  #calm(): void {
    this.#network = CALM;
  }

  #processor(process: SimProcess, random: RandomSource): Processor {
    return {
      process: async (minId, maxId, _options, { token, checkpoint, save, signal }) => {
        const from = typeof checkpoint === 'string' ? BigInt(checkpoint) + 1n : minId;
        for (let id = from; id <= maxId; id += 1n) {
          await process.sleep(200 * random.next(), signal);
          if (signal.aborted) throw new Error('told to end');
          if (isPoison(this.#seed, id)) throw new Error('poison');
          if (random.next() < 0.02) throw new Error('bad luck');
          // The checkpoint is kept first here; what lies between may then be missing, not doubled.
          this.#take(Number(minId), Number(id), token);
          if (random.next() < 0.3) await save(String(id));
        }
        return Number(maxId - from) + 1;
      },
    };
  }

  /** A sink that guards itself by the token. */
  #take(partition: number, id: number, token: number): void {
    if (token < (this.#seenToken.get(partition) ?? 0)) return;
    this.#seenToken.set(partition, token);
    this.#taken.set(id, token);
  }

  async #checkAllDone(): Promise<void> {
    const done = new Coverage();
    for (const [id, times] of this.#watched.completions) {
      if (times !== 1) this.#faults.push(`partition ${id} was completed ${times} times`);
      const range = this.#watched.ranges.get(id);
      if (range === undefined) this.#faults.push(`partition ${id} was never planned`);
      else done.add(range);
    }
    const statuses = ['dead'] as const;
    for (const dead of await this.#watched.store.partitions({ statuses, limit: 1_000 }))
      done.add(dead);
    for (const { min, max } of done.gapsIn({ min: 1n, max: LAST_ID })) {
      this.#faults.push(`${min} to ${max} are neither completed nor dead`);
    }
    for (const [id] of this.#watched.completions) this.#checkTaken(id);
  }

  #checkTaken(partitionId: number): void {
    const range = this.#watched.ranges.get(partitionId);
    for (let id = range?.min ?? 1n; id <= (range?.max ?? 0n); id += 1n) {
      if (!this.#taken.has(Number(id)))
        this.#faults.push(`${id} is completed, and not in the sink`);
    }
  }

  async #checkCounts(): Promise<void> {
    const { were, are } = await this.#watched.store.recount();
    if (isDeepStrictEqual(were, are)) return;
    this.#faults.push(`counted were ${JSON.stringify(were)}, there are ${JSON.stringify(are)}`);
  }
}

const PLANNER: Planner = {
  partitionSize: async () => SIZE,
  nextMaxId: async (startId, rangeSize) => {
    const max = startId + rangeSize - 1n;
    return max < LAST_ID ? max : LAST_ID;
  },
};

function isPoison(seed: number, id: bigint): boolean {
  return seededRandom(seed, `poison ${id}`).next() < POISON_SHARE / Number(SIZE);
}
