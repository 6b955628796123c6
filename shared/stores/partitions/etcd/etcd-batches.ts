import type { Clock } from '../../../kernel/clock.ts';
import { inFitting } from '../../etcd/in-fitting.ts';
import type { StoreCalls } from '../engine/partition-engine.ts';
import type {
  KeptCommand,
  Retried,
  RetryRequest,
  Silence,
  Tended,
  Tending,
} from '../partition-store.ts';
import { silentWorkers } from '../silent-workers.ts';
import { FORGOTTEN_MAX, type RetryProgress } from './etcd-commands.ts';
import type { EtcdPartitionData } from './etcd-partition-data.ts';
import type { EtcdSteps } from './etcd-steps.ts';
import { STEP_MAX } from './etcd-work.ts';
import type { LedgerLane } from './ledger-lane.ts';

/** Of each of two kinds. */
const TENDED_A_STEP_MAX = STEP_MAX / 2;
/** Each is two keys. */
const FORGOTTEN_A_STEP_MAX = STEP_MAX / 2;
const NOTHING: RetryProgress = { retried: [], skipped: [], at: 0 };

interface RetryPart {
  readonly request: RetryRequest;
  readonly soFar: RetryProgress;
  /** In this step. */
  readonly most: number;
}

/** What leaders and people do to many partitions: as many at a time as one step takes. */
export class EtcdBatches {
  readonly #steps: EtcdSteps;
  readonly #lane: LedgerLane;
  readonly #clock: Clock;

  constructor(steps: EtcdSteps, lane: LedgerLane, clock: Clock) {
    this.#steps = steps;
    this.#lane = lane;
    this.#clock = clock;
  }

  async tend(tending: Tending): Promise<Tended> {
    const lane = this.#lane;
    let all: Tended = { expired: [], buried: [], requeued: [] };
    for (;;) {
      const had = Math.max(all.expired.length + all.buried.length, all.requeued.length);
      const limitMax = Math.min(TENDED_A_STEP_MAX, tending.limit - had);
      const { result, count: limit } = await inFitting(limitMax, (count) =>
        this.#steps.do({ lane, work: (engine) => engine.tend({ ...tending, limit: count }) }),
      );
      const { expired, buried, requeued } = result.result;
      all = {
        expired: [...all.expired, ...expired],
        buried: [...all.buried, ...buried],
        requeued: [...all.requeued, ...requeued],
      };
      const isMore = Math.max(expired.length + buried.length, requeued.length) === limit;
      if (!isMore || had + limit >= tending.limit) return all;
    }
  }

  async retry(request: RetryRequest): Promise<Retried> {
    let soFar = NOTHING;
    for (;;) {
      const { result } = await inFitting(STEP_MAX, (most) => this.#retrySome(request, soFar, most));
      soFar = result.soFar;
      if (result.isLast) return { retried: soFar.retried, skipped: soFar.skipped };
    }
  }

  /** How far it has come is kept in each step, so that whoever goes on with it does nothing twice. */
  async execute(id: string): Promise<KeptCommand | null> {
    for (;;) {
      const { result } = await inFitting(STEP_MAX, (most) => this.#executeSome(id, most));
      if (result?.done !== null) return result;
    }
  }

  async cancel(ids: readonly number[], reason: string): Promise<number[]> {
    return this.#inParts(ids, (engine, part) => engine.cancel(part, reason));
  }

  async remove(ids: readonly number[]): Promise<number[]> {
    return this.#inParts(ids, (engine, part) => engine.remove(part));
  }

  async forgetCommands(doneBeforeMs: number): Promise<void> {
    for (;;) {
      const { writes } = await this.#steps.do({
        work: (engine) => engine.forgetCommands(doneBeforeMs),
      });
      if (writes.length < FORGOTTEN_MAX) return;
    }
  }

  /** One that has come back since it was looked at stays, for its key is another one by then. */
  async forgetWorkers(silence: Silence): Promise<void> {
    for (;;) {
      const { result } = await this.#steps.do({
        work: (_engine, data) => {
          const moment = { nowMs: this.#clock.now(), atMs: 0 };
          const silent = silentWorkers(data.workers(), silence, moment);
          const some = silent.slice(0, FORGOTTEN_A_STEP_MAX);
          for (const workerId of some) data.dropWorker(workerId);
          return some.length;
        },
      });
      if (result < FORGOTTEN_A_STEP_MAX) return;
    }
  }

  async #retrySome(request: RetryRequest, soFar: RetryProgress, most: number) {
    const { result } = await this.#steps.do({
      lane: this.#lane,
      work: (engine, data) => retryOn(engine, data, { request, soFar, most }),
    });
    return result;
  }

  async #executeSome(id: string, most: number): Promise<KeptCommand | null> {
    const { result } = await this.#steps.do({
      lane: this.#lane,
      work: (engine, data) => this.#executeOn(engine, data, { id, most }),
    });
    return result;
  }

  #executeOn(
    engine: StoreCalls,
    data: EtcdPartitionData,
    { id, most }: { readonly id: string; readonly most: number },
  ): KeptCommand | null {
    const known = data.commands.get(id);
    if (known === null || known.done !== null) return known;
    const { soFar: before = NOTHING, ...command } = known;
    const { soFar, isLast } = retryOn(engine, data, { request: known.retry, soFar: before, most });
    const { retried, skipped } = soFar;
    const done = isLast ? { atMs: this.#clock.now(), retried: { retried, skipped } } : null;
    data.commands.set(done === null ? { ...command, soFar } : { ...command, done });
    return { ...command, done };
  }

  async #inParts(
    ids: readonly number[],
    work: (engine: StoreCalls, part: readonly number[]) => readonly number[],
  ): Promise<number[]> {
    const unique = [...new Set(ids)].toSorted((a, b) => a - b);
    const all: number[] = [];
    for (let at = 0; at < unique.length; ) {
      const { result, count } = await inFitting(STEP_MAX, (most) =>
        this.#stepOn(unique.slice(at, at + most), work),
      );
      all.push(...result);
      at += count;
    }
    return all;
  }

  async #stepOn<T>(
    part: readonly number[],
    work: (engine: StoreCalls, part: readonly number[]) => T,
  ): Promise<T> {
    const { result } = await this.#steps.do({
      lane: this.#lane,
      work: (engine, data) => {
        data.rooms.find(part);
        return work(engine, part);
      },
    });
    return result;
  }
}

/** Goes on with a request for as many as one step takes. */
function retryOn(
  engine: StoreCalls,
  data: EtcdPartitionData,
  { request, soFar, most }: RetryPart,
): { readonly soFar: RetryProgress; readonly isLast: boolean } {
  const left = request.limit - soFar.retried.length;
  const ids = request.ids?.slice(soFar.at, soFar.at + most) ?? null;
  const limit = ids === null ? Math.min(left, most) : left;
  if (request.isForced) data.rooms.lookAtLeases();
  if (ids !== null) data.rooms.find(ids);
  const { retried, skipped } = engine.retry({ ...request, ids, limit });
  const at = soFar.at + most;
  return {
    soFar: {
      retried: [...soFar.retried, ...retried],
      skipped: [...soFar.skipped, ...skipped],
      at,
    },
    isLast:
      request.ids === null ? retried.length < limit || left <= limit : at >= request.ids.length,
  };
}
