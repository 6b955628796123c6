import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import { systemRandom } from '../../../kernel/random.ts';
import { doubling, retryDelayMs } from '../../../resilience/retry-schedule.ts';
import type { EtcdClient } from '../../etcd/etcd-client.ts';
import { hasEtcdCode } from '../../etcd/etcd-errors.ts';
import type { KeyValue, RangeAnswer, Write } from '../../etcd/etcd-messages.ts';
import { partitionEngine, type StoreCalls } from '../engine/partition-engine.ts';
import { storeLostError } from '../store-errors.ts';
import { ClaimPlace, type Picked } from './claim-place.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import { EtcdPartitionData } from './etcd-partition-data.ts';
import { EtcdReads, type Incarnation } from './etcd-reads.ts';
import type { Found } from './etcd-rooms.ts';
import { Ledger } from './ledger.ts';
import type { LedgerLane } from './ledger-lane.ts';

/** So often a step is begun anew since somebody else was faster. */
const TRIES_MAX = 40;
const PAUSE = doubling(1, 64);

export interface Step<T> {
  /** Done at once, on what was read; it may be done again. */
  readonly work: (engine: StoreCalls, data: EtcdPartitionData) => T;
  /** Whose ledger the step changes; absent: it changes no counts. */
  readonly lane?: LedgerLane;
  /** What is known already. */
  readonly seeds?: readonly Found[];
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
  readonly ledger: Ledger | null;
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
      const waitMs = retryDelayMs(PAUSE, tries, systemRandom);
      await this.#deps.clock.sleep(waitMs, new AbortController().signal);
    }
    const { namespace } = this.#deps.incarnation;
    throw new AppError('unavailable', `others change ${namespace} too often: nothing was done`, {
      details: { reached: false },
    });
  }

  /** Null: somebody else was faster. */
  async #try<T>(step: Step<T>, seeds: readonly Found[]): Promise<Done<T> | null> {
    try {
      return await this.#once(step, seeds);
    } catch (thrown) {
      if (step.lane !== undefined) step.lane.known = null;
      if (hasEtcdCode(thrown, 'compacted') || hasEtcdCode(thrown, 'no_lease')) return null;
      throw thrown;
    }
  }

  async #once<T>(step: Step<T>, seeds: readonly Found[]): Promise<Done<T> | null> {
    const { client, incarnation } = this.#deps;
    const { isSure, prepare } = step;
    const reads = new EtcdReads(incarnation);
    const work = () => this.#work(step, reads, seeds);
    const { data, result, ledger } = await reads.with(client, work);
    if (seeds.length > 0 && isSure?.(result) === false) return null;
    const lease = (await prepare?.(data)) ?? 0n;
    if (data.writes.isEmpty) return { result, revision: 0, lease, writes: [], data };
    const writes = data.writes.writes(lease);
    const revision = await this.#commit(step, { data, writes, ledger });
    return revision === null ? null : { result, revision, lease, writes, data };
  }

  #work<T>({ work, lane }: Step<T>, reads: EtcdReads, seeds: readonly Found[]) {
    const { keys, clock } = this.#deps;
    const key = keys.named('ledgers', lane?.name ?? '');
    const known = lane === undefined ? null : (lane.known ?? read(reads, key));
    const ledger = known?.ledger.copy() ?? Ledger.of(null);
    const data = new EtcdPartitionData({ keys, reads, ledger, place: this.#place });
    data.rooms.know(seeds);
    const engine = partitionEngine(data, { now: () => clock.now(), monotonicMs: () => 0 });
    const result = work(engine, data);
    data.end();
    if (!ledger.isChanged) return { data, result, ledger: null };
    data.writes.put(key, known?.revision ?? 0, () => ledger.toText());
    return { data, result, ledger };
  }

  /** The revision; null: something has changed meanwhile. */
  async #commit<T>({ lane }: Step<T>, { data, writes, ledger }: Commit): Promise<number | null> {
    const { client, incarnation, keys } = this.#deps;
    const { key, value } = incarnation;
    const compares = [{ key, value }, ...data.writes.compares()];
    const otherwise = [{ key }, { key: keys.one('added') }, { key: keys.one('paused') }];
    const { isDone, revision, found } = await client.transact({ compares, writes, otherwise });
    if (!isDone) {
      this.#fail(data, found);
      if (lane !== undefined) lane.known = null;
      return null;
    }
    if (data.picked !== null) this.#place.metNobody(data.picked);
    if (ledger !== null && lane !== undefined) lane.known = { ledger, revision };
    return revision;
  }

  #fail({ picked }: EtcdPartitionData, found: RangeAnswer['found']): void {
    const [incarnation, [added] = [], paused = []] = found;
    const { value, namespace } = this.#deps.incarnation;
    if (incarnation?.[0]?.value !== value) throw storeLostError(namespace);
    if (picked === null) return;
    if (paused.length === 0 && isStillSo(picked, added)) this.#place.met(picked);
    else this.#place.lookAnew();
  }
}

/** Whether nothing was put in since what was picked was read, where that matters. */
function isStillSo({ seenAt, addedAt }: Picked, added: KeyValue | undefined): boolean {
  return seenAt !== null || addedAt === (added?.revision ?? 0);
}

function read(reads: EtcdReads, key: string) {
  const found = reads.one(key);
  return { ledger: Ledger.of(found?.value ?? null), revision: found?.revision ?? 0 };
}
