import type { Leadership, Turn } from '../partition-store.ts';
import { fencedError } from '../store-errors.ts';
import type { PartitionData } from './partition-data.ts';
import type { StoreClock } from './store-clock.ts';

/** Whose turn at leading it is in a namespace. */
export class Elections {
  readonly #data: PartitionData;
  readonly #clock: StoreClock;

  constructor(data: PartitionData, clock: StoreClock) {
    this.#data = data;
    this.#clock = clock;
  }

  campaign({ candidate, leaseMs }: { candidate: string; leaseMs: number }): Leadership {
    const { epoch } = this.#data.state().turn;
    if (this.#leftMs() === 0) this.#begin({ candidate, epoch: epoch + 1 }, leaseMs);
    return this.leadership();
  }

  renew({ candidate, epoch, leaseMs }: Turn & { readonly leaseMs: number }): boolean {
    if (!this.#isPresent({ candidate, epoch })) return false;
    this.#begin({ candidate, epoch }, leaseMs);
    return true;
  }

  resign(turn: Turn): void {
    if (this.#isPresent(turn)) this.#data.setState({ leaderUntilMs: 0 });
  }

  leadership(): Leadership {
    const leftMs = this.#leftMs();
    const { candidate, epoch } = this.#data.state().turn;
    return { leader: leftMs > 0 ? candidate : '', epoch, leftMs };
  }

  /** @throws AppError `conflict`, `fenced`. A turn whose lease is over lasts until another begins. */
  requireEpoch(epoch: number): void {
    const now = this.#data.state().turn.epoch;
    if (epoch !== now) throw fencedError(epoch, now);
  }

  #leftMs(): number {
    return Math.max(0, this.#data.state().leaderUntilMs - this.#clock.monotonicMs());
  }

  #begin(turn: Turn, leaseMs: number): void {
    this.#data.setState({ turn, leaderUntilMs: this.#clock.monotonicMs() + leaseMs });
  }

  #isPresent({ candidate, epoch }: Turn): boolean {
    const { turn } = this.#data.state();
    return this.#leftMs() > 0 && candidate === turn.candidate && epoch === turn.epoch;
  }
}
