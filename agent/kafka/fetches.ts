import { Bell } from '../../shared/kernel/bell.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import type { BatchLimits } from '../plugins/plugin.ts';
import { type FetchedPartition, type GroupClient, keyOf } from './group-client.ts';
import type { PartitionRun } from './partition-run.ts';

/** After a failure brokers are left alone for so long. */
const REST_MS = 1_000;
/** The code of an offset that is not there. */
const OUT_OF_RANGE = 1;

interface FetchesOf {
  readonly client: GroupClient;
  readonly limits: BatchLimits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Keeps partitions in messages: one request a broker is under way, and none while a batch's worth is
 * held. So no more is in memory than that and an answer of as much a broker.
 */
export class Fetches {
  /** Rings when messages came, or nothing did. */
  readonly arrived = new Bell();
  readonly #of: FetchesOf;
  readonly #hungry = new Bell();
  readonly #busy = new Set<number>();
  readonly #resting = new Set<PartitionRun>();
  readonly #underWay = new Set<Promise<void>>();
  #runs: readonly PartitionRun[] = [];
  /** By partition, why there is nothing of it; by null, why there is nothing at all. */
  readonly #troubles = new Map<PartitionRun | null, string>();
  #missing = 0;

  constructor(of: FetchesOf) {
    this.#of = of;
  }

  /** Why there are no messages, or not all of them. */
  get trouble(): string | null {
    const [trouble] = this.#troubles.values();
    if (trouble !== undefined) return trouble;
    if (this.#missing === 0) return null;
    return `${this.#missing} messages were removed by the brokers before they were read`;
  }

  /** These partitions from now on; what comes of others is dropped. */
  serve(runs: readonly PartitionRun[]): void {
    this.#runs = runs;
    this.#troubles.clear();
    this.#hungry.ring();
  }

  /** Something was handed out. */
  goOn(): void {
    this.#hungry.ring();
  }

  /** Fetches until the signal aborts and what is under way has ended. */
  async run(): Promise<void> {
    const { signal } = this.#of;
    while (!signal.aborted) {
      const hungry = this.#hungry.heard(signal);
      await this.#fetchAll();
      await hungry;
    }
    await Promise.all(this.#underWay);
  }

  async #fetchAll(): Promise<void> {
    const { client, limits } = this.#of;
    const heldBytes = this.#runs.reduce((sum, run) => sum + run.heldBytes, 0);
    const isFull = heldBytes >= limits.bytes;
    const hungry = this.#runs.filter(
      (run) => !this.#resting.has(run) && (!isFull || run.isIncomplete),
    );
    if (hungry.length === 0) return;
    try {
      const { topics } = await client.layout();
      const leaderOf = ({ topic, partition }: PartitionRun) =>
        topics.get(topic)?.leaders[partition] ?? -1;
      for (const [node, runs] of Map.groupBy(hungry, leaderOf)) {
        if (!this.#busy.has(node)) this.#start(node, runs);
      }
    } catch (thrown) {
      this.#troubles.set(null, messageOf(thrown));
      this.#later(() => undefined);
    }
  }

  #start(node: number, runs: readonly PartitionRun[]): void {
    this.#busy.add(node);
    const done = this.#fetch(node, runs)
      .catch((thrown: unknown) => this.#failed(thrown))
      .finally(() => {
        this.#busy.delete(node);
        this.#underWay.delete(done);
        this.#hungry.ring();
        this.arrived.ring();
      });
    this.#underWay.add(done);
  }

  async #fetch(node: number, runs: readonly PartitionRun[]): Promise<void> {
    const { client, limits } = this.#of;
    const offsetOf = new Map(runs.map((run) => [run, run.next]));
    const asked = runs.map(({ topic, partition, next }) => ({ topic, partition, offset: next }));
    const { fetched, failed, reason } = await client.fetch(node, asked, limits.bytes);
    this.#troubles.delete(null);
    for (const run of runs) {
      const answer = fetched.get(keyOf(run));
      const code = failed.get(keyOf(run));
      if (answer !== undefined) this.#came(run, answer);
      if (code === OUT_OF_RANGE) await this.#relocate(run);
      // Also where a new place was not to be had.
      if (code !== undefined && run.next === offsetOf.get(run)) this.#rest(run, reason);
    }
  }

  #came(run: PartitionRun, answer: FetchedPartition): void {
    this.#troubles.delete(run);
    run.add(answer);
  }

  async #relocate(run: PartitionRun): Promise<void> {
    const { client, clock } = this.#of;
    const oldest = await client.edge(run, 'oldest');
    const newest = await client.edge(run, 'newest');
    this.#missing += run.relocate(oldest, newest, clock.now());
  }

  #rest(run: PartitionRun, reason: string): void {
    if (this.#runs.includes(run)) this.#troubles.set(run, `${keyOf(run)}: ${reason}`);
    this.#of.client.forgetLayout();
    this.#resting.add(run);
    this.#later(() => this.#resting.delete(run));
  }

  async #failed(thrown: unknown): Promise<void> {
    const { client, clock, signal } = this.#of;
    if (signal.aborted) return;
    this.#troubles.set(null, messageOf(thrown));
    client.forgetLayout();
    await clock.sleep(REST_MS, signal);
  }

  #later(then: () => void): void {
    const { clock, signal } = this.#of;
    void clock.sleep(REST_MS, signal).then(() => {
      then();
      this.#hungry.ring();
    });
  }
}
