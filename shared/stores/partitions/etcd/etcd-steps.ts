import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import { systemRandom } from '../../../kernel/random.ts';
import { backoffMs } from '../../../resilience/backoff.ts';
import type { EtcdClient } from '../../etcd/etcd-client.ts';
import { hasEtcdCode } from '../../etcd/etcd-errors.ts';
import type { KeyValue, Write } from '../../etcd/etcd-messages.ts';
import { partitionEngine, type StoreCalls } from '../engine/partition-engine.ts';
import { storeLostError } from '../store-errors.ts';
import { ClaimPlace } from './claim-place.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import { EtcdPartitionData } from './etcd-partition-data.ts';
import { EtcdReads, type Incarnation } from './etcd-reads.ts';
import { Ledger } from './ledger.ts';
import type { LedgerLane } from './ledger-lane.ts';

/** So often a step is begun anew since somebody else was faster. */
const TRIES_MAX = 40;
const PAUSE = { firstMs: 1, maxMs: 64 };

export interface Step<T> {
  /** Done at once, on what was read; it may be done again. */
  readonly work: (engine: StoreCalls, data: EtcdPartitionData) => T;
  /** Whose ledger the step changes; absent: it changes no counts. */
  readonly lane?: LedgerLane;
  /** What is known already. */
  readonly seeds?: readonly KeyValue[];
  /** Whether what came of the seeds may be true; absent: it is found out by comparing. */
  readonly isSure?: (result: T) => boolean;
  /** Gets the lease that is new in this step, where one is needed; 0: none. */
  readonly prepare?: (data: EtcdPartitionData) => Promise<bigint>;
}

export interface Done<T> {
  readonly result: T;
  /** Of what was written; 0: nothing was. */
  readonly revision: number;
  readonly lease: bigint;
  readonly writes: readonly Write[];
  readonly data: EtcdPartitionData;
}

interface Commit {
  readonly data: EtcdPartitionData;
  readonly writes: readonly Write[];
  /** As it is then; null: it has not changed. */
  readonly ledger: { readonly text: string; readonly ranges: number } | null;
}

interface StepsDeps {
  readonly client: EtcdClient;
  readonly keys: EtcdKeys;
  readonly incarnation: Incarnation;
  readonly clock: Clock;
}

/** Does steps: reads, works, and writes if nothing of what decided has changed meanwhile. */
export class EtcdSteps {
  readonly #deps: StepsDeps;
  readonly #place = new ClaimPlace(systemRandom);

  constructor(deps: StepsDeps) {
    this.#deps = deps;
  }

  do<T>(step: Step<T>): Promise<Done<T>> {
    return step.lane === undefined ? this.#tries(step) : step.lane.run(() => this.#tries(step));
  }

  async #tries<T>(step: Step<T>): Promise<Done<T>> {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const done = await this.#try(step, tries === 1 ? (step.seeds ?? []) : []);
      if (done !== null) return done;
      const waitMs = backoffMs(PAUSE, tries, systemRandom);
      await this.#deps.clock.sleep(waitMs, new AbortController().signal);
    }
    const { namespace } = this.#deps.incarnation;
    throw new AppError('unavailable', `others change ${namespace} too often: nothing was done`, {
      details: { reached: false },
    });
  }

  /** Null: somebody else was faster. */
  async #try<T>(step: Step<T>, seeds: readonly KeyValue[]): Promise<Done<T> | null> {
    try {
      return await this.#once(step, seeds);
    } catch (thrown) {
      if (step.lane !== undefined) step.lane.known = null;
      if (hasEtcdCode(thrown, 'compacted') || hasEtcdCode(thrown, 'no_lease')) return null;
      throw thrown;
    }
  }

  async #once<T>(step: Step<T>, seeds: readonly KeyValue[]): Promise<Done<T> | null> {
    const { client, incarnation } = this.#deps;
    const { isSure, prepare } = step;
    const reads = new EtcdReads(incarnation);
    for (const seed of seeds) reads.seed(seed);
    const { data, result, ledger } = await reads.with(client, () => this.#work(step, reads));
    if (seeds.length > 0 && isSure?.(result) === false) return null;
    const lease = (await prepare?.(data)) ?? 0n;
    if (data.writes.isEmpty) return { result, revision: 0, lease, writes: [], data };
    const writes = data.writes.writes(lease);
    const revision = await this.#commit(step, { data, writes, ledger });
    return revision === null ? null : { result, revision, lease, writes, data };
  }

  #work<T>({ work, lane }: Step<T>, reads: EtcdReads) {
    const { keys, clock } = this.#deps;
    const key = keys.named('ledgers', lane?.name ?? '');
    const known =
      lane === undefined ? { text: null, revision: 0 } : (lane.known ?? read(reads, key));
    const ledger = new Ledger(known.text);
    const data = new EtcdPartitionData({ keys, reads, ledger, place: this.#place });
    const engine = partitionEngine(data, { now: () => clock.now(), monotonicMs: () => 0 });
    const result = work(engine, data);
    data.end();
    if (!ledger.isChanged) return { data, result, ledger: null };
    const text = ledger.toText();
    data.writes.put(key, known.revision, () => text);
    return { data, result, ledger: { text, ranges: ledger.ranges } };
  }

  /** The revision; null: something has changed meanwhile. */
  async #commit<T>({ lane }: Step<T>, { data, writes, ledger }: Commit): Promise<number | null> {
    const { client, incarnation } = this.#deps;
    const { key, value, namespace } = incarnation;
    const compares = [{ key, value }, ...data.writes.compares()];
    const { isDone, revision, found } = await client.transact({
      ...{ compares, writes, otherwise: [{ key }] },
    });
    if (isDone) {
      if (data.handed.length > 0) this.#place.metNobody();
      if (ledger !== null && lane !== undefined) lane.known = { ...ledger, revision };
      return revision;
    }
    if (data.handed.length > 0) this.#place.met();
    if (found[0]?.[0]?.value !== value) throw storeLostError(namespace);
    if (lane !== undefined) lane.known = null;
    return null;
  }
}

function read(reads: EtcdReads, key: string) {
  const found = reads.one(key);
  return { text: found?.value ?? null, revision: found?.revision ?? 0 };
}
