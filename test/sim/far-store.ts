import type { IdRange } from '../../shared/domain/id-range.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { RandomSource } from '../../shared/kernel/random.ts';
import type {
  ChosenPartition,
  ClaimRequest,
  Command,
  PartitionEdit,
  PartitionFilter,
  PartitionStore,
  Renewal,
  RetryRequest,
  Settlement,
  Silence,
  Tending,
  Turn,
} from '../../shared/stores/partitions/partition-store.ts';
import type { SimProcess } from './sim-process.ts';

export interface Network {
  /** Of a call, each way, mostly. */
  readonly latencyMs: number;
  /** How likely a request gets lost, or an answer, or is late by far more than a lease. */
  readonly faults: number;
  readonly lateMs: number;
  /** A call without an answer fails after so long. */
  readonly timeoutMs: number;
}

const NEVER = new AbortController().signal;

/** The store as a process sees it over a network that loses and delays requests and answers. */
export class FarStore implements PartitionStore {
  readonly identity: PartitionStore['identity'];
  readonly #store: PartitionStore;
  readonly #process: SimProcess;
  readonly #random: RandomSource;
  readonly #network: () => Network;

  constructor(
    store: PartitionStore,
    from: { process: SimProcess; random: RandomSource; network: () => Network },
  ) {
    this.identity = store.identity;
    this.#store = store;
    this.#process = from.process;
    this.#random = from.random;
    this.#network = from.network;
  }

  campaign = (bid: Parameters<PartitionStore['campaign']>[0]) =>
    this.#far(() => this.#store.campaign(bid));
  renewLeadership = (turn: Turn & { readonly leaseMs: number }) =>
    this.#far(() => this.#store.renewLeadership(turn));
  resign = (turn: Turn) => this.#far(() => this.#store.resign(turn));
  leadership = () => this.#far(() => this.#store.leadership());
  planState = () => this.#far(() => this.#store.planState());
  plan = (plan: Parameters<PartitionStore['plan']>[0]) => this.#far(() => this.#store.plan(plan));
  fill = (gaps: Parameters<PartitionStore['fill']>[0]) => this.#far(() => this.#store.fill(gaps));
  tend = (rounds: Tending) => this.#far(() => this.#store.tend(rounds));
  claim = (request: ClaimRequest) => this.#far(() => this.#store.claim(request));
  settle = (all: readonly Settlement[]) => this.#far(() => this.#store.settle(all));
  renew = (renewal: Renewal) => this.#far(() => this.#store.renew(renewal));
  workers = () => this.#far(() => this.#store.workers());
  leave = (workerId: string) => this.#far(() => this.#store.leave(workerId));
  forgetWorkers = (silence: Silence) => this.#far(() => this.#store.forgetWorkers(silence));
  partition = (id: number) => this.#far(() => this.#store.partition(id));
  partitions = (filter: PartitionFilter) => this.#far(() => this.#store.partitions(filter));
  counts = () => this.#far(() => this.#store.counts());
  completedRanges = (within: IdRange) => this.#far(() => this.#store.completedRanges(within));
  recount = () => this.#far(() => this.#store.recount());
  retry = (request: RetryRequest) => this.#far(() => this.#store.retry(request));
  isCompleted = (id: number) => this.#far(() => this.#store.isCompleted(id));
  create = (partitions: readonly ChosenPartition[]) =>
    this.#far(() => this.#store.create(partitions));
  edit = (id: number, edit: PartitionEdit, expectedVersion: number | null) =>
    this.#far(() => this.#store.edit(id, edit, expectedVersion));
  submit = (command: Command) => this.#far(() => this.#store.submit(command));
  execute = (id: string) => this.#far(() => this.#store.execute(id));
  command = (id: string) => this.#far(() => this.#store.command(id));
  pendingCommands = (limit: number) => this.#far(() => this.#store.pendingCommands(limit));
  forgetCommands = (doneBeforeMs: number) =>
    this.#far(() => this.#store.forgetCommands(doneBeforeMs));
  cancel = (ids: readonly number[], reason: string) =>
    this.#far(() => this.#store.cancel(ids, reason));
  remove = (ids: readonly number[]) => this.#far(() => this.#store.remove(ids));
  setPaused = (isPaused: boolean) => this.#far(() => this.#store.setPaused(isPaused));
  close = async () => undefined;

  async #far<T>(call: () => Promise<T>): Promise<T> {
    const { timeoutMs } = this.#network();
    const beforeMs = this.#process.monotonicMs();
    const arrives = await this.#travels();
    if (!arrives) return this.#unanswered(beforeMs, timeoutMs);
    const answer = await call().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    const returns = await this.#travels();
    if (!returns) return this.#unanswered(beforeMs, timeoutMs);
    return answer();
  }

  /** False: it got lost on its way. */
  async #travels(): Promise<boolean> {
    const { latencyMs, faults, lateMs } = this.#network();
    const chance = this.#random.next();
    const isLate = chance > faults && chance < 2 * faults;
    await this.#process.sleep((isLate ? lateMs : latencyMs) * this.#random.next(), NEVER);
    return chance >= faults;
  }

  async #unanswered(beforeMs: number, timeoutMs: number): Promise<never> {
    const leftMs = beforeMs + timeoutMs - this.#process.monotonicMs();
    await this.#process.sleep(Math.max(0, leftMs), NEVER);
    throw new AppError('timeout', 'no answer from the store');
  }
}
