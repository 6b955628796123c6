import type { IdRange } from '../../../domain/id-range.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { partitionEngine, type StoreCalls } from '../engine/partition-engine.ts';
import type {
  ChosenPartition,
  ClaimRequest,
  Command,
  NewPartition,
  PartitionEdit,
  PartitionFilter,
  PartitionStore,
  Renewal,
  RetryRequest,
  Settlement,
  Tending,
  Turn,
} from '../partition-store.ts';
import { MemoryPartitionData } from './memory-partition-data.ts';

/** The work of a namespace for as long as this process lives; several workers of it may share one. */
export class MemoryPartitionStore implements PartitionStore {
  readonly identity = { id: 'memory', incarnation: '1' };
  readonly #engine: StoreCalls;

  /** `clock` is the store's own: no other decides who holds what. */
  constructor(clock: Clock) {
    this.#engine = partitionEngine(new MemoryPartitionData(), clock);
  }

  async campaign(bid: { readonly candidate: string; readonly leaseMs: number }) {
    return this.#engine.campaign(bid);
  }

  async renewLeadership(turn: Turn & { readonly leaseMs: number }) {
    return this.#engine.renewLeadership(turn);
  }

  async resign(turn: Turn) {
    this.#engine.resign(turn);
  }

  async leadership() {
    return this.#engine.leadership();
  }

  async planState() {
    return this.#engine.planState();
  }

  async plan(plan: Parameters<PartitionStore['plan']>[0]) {
    this.#engine.plan(plan);
  }

  async fill(gaps: { readonly epoch: number; readonly partitions: readonly NewPartition[] }) {
    return this.#engine.fill(gaps);
  }

  async tend(tending: Tending) {
    return this.#engine.tend(tending);
  }

  async claim(request: ClaimRequest) {
    return this.#engine.claim(request);
  }

  async settle(settlements: readonly Settlement[]) {
    return this.#engine.settle(settlements);
  }

  async renew(renewal: Renewal) {
    return this.#engine.renew(renewal);
  }

  async workers() {
    return this.#engine.workers();
  }

  async leave(workerId: string) {
    this.#engine.leave(workerId);
  }

  async partition(id: number) {
    return this.#engine.partition(id);
  }

  async partitions(filter: PartitionFilter) {
    return this.#engine.partitions(filter);
  }

  async counts() {
    return this.#engine.counts();
  }

  async completedRanges(within: IdRange) {
    return this.#engine.completedRanges(within);
  }

  async recount() {
    return this.#engine.recount();
  }

  async retry(request: RetryRequest) {
    return this.#engine.retry(request);
  }

  async cancel(ids: readonly number[], reason: string) {
    return this.#engine.cancel(ids, reason);
  }

  async remove(ids: readonly number[]) {
    return this.#engine.remove(ids);
  }

  async setPaused(isPaused: boolean) {
    this.#engine.setPaused(isPaused);
  }

  async isCompleted(id: number) {
    return this.#engine.isCompleted(id);
  }

  async create(partitions: readonly ChosenPartition[]) {
    return this.#engine.create(partitions);
  }

  async edit(id: number, edit: PartitionEdit, expectedVersion: number | null) {
    return this.#engine.edit(id, edit, expectedVersion);
  }

  async submit(command: Command) {
    return this.#engine.submit(command);
  }

  async execute(id: string) {
    return this.#engine.execute(id);
  }

  async command(id: string) {
    return this.#engine.command(id);
  }

  async pendingCommands(limit: number) {
    return this.#engine.pendingCommands(limit);
  }

  async forgetCommands(doneBeforeMs: number) {
    this.#engine.forgetCommands(doneBeforeMs);
  }

  async close() {
    // What is in memory goes with the process.
  }
}
