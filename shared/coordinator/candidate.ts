import type { Clock } from '../kernel/clock.ts';
import type { RandomSource } from '../kernel/random.ts';
import type { Election, Turn } from '../stores/partitions/partition-store.ts';
import type { CoordinatorOptions } from './coordinator-options.ts';

/** The lease is renewed so often before it can run out. */
const RENEWALS_A_LEASE = 3;
/** A candidate looks again this part of the lease after it may have run out, at the latest. */
const LOOK_SHARE = 10;

export interface CandidateDeps {
  readonly candidate: string;
  readonly store: Election;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly options: CoordinatorOptions;
  /** Leads until `signal` aborts: the turn is over then, for whatever reason. Must not reject. */
  readonly lead: (turn: Turn, signal: AbortSignal) => Promise<void>;
  readonly onTrouble: (doing: string, error: unknown) => void;
}

/**
 * Stands for election as long as it lives, and leads whenever it is its turn. A turn ends before
 * the lease does: what could not be renewed in time is given up, and what this leader still says
 * of its epoch is refused by the store. The lease is renewed on the main loop, and not by a beater
 * in a thread: a loop that is blocked plans nothing and takes nothing back, so another one is to lead.
 */
export class Candidate {
  readonly #deps: CandidateDeps;
  #turn: Turn | null = null;

  constructor(deps: CandidateDeps) {
    this.#deps = deps;
  }

  /** Null: somebody else leads, or nobody. */
  get turn(): Turn | null {
    return this.#turn;
  }

  /** Stands until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, store, candidate, options } = this.#deps;
    const leaseMs = options.leader_lock_expiry_ms;
    while (!signal.aborted) {
      const beforeMs = clock.monotonicMs();
      const seen = await this.#try('campaign', () => store.campaign({ candidate, leaseMs }));
      const isMine = seen !== null && seen.leader === candidate && seen.leftMs > 0;
      if (isMine) {
        await this.#lead({ candidate, epoch: seen.epoch }, beforeMs + leaseMs, signal);
        continue;
      }
      const leftMs = seen?.leftMs ?? leaseMs / RENEWALS_A_LEASE;
      const soonMs = leftMs + (leaseMs / LOOK_SHARE) * random.next();
      await clock.sleep(Math.min(soonMs, options.leader_election_interval_ms), signal);
    }
  }

  async #lead(turn: Turn, untilMs: number, signal: AbortSignal): Promise<void> {
    const { store, lead } = this.#deps;
    const over = new AbortController();
    this.#turn = turn;
    const leading = lead(turn, AbortSignal.any([signal, over.signal]));
    await this.#keep(turn, untilMs, signal);
    this.#turn = null;
    over.abort();
    await leading;
    await this.#try('resign', () => store.resign(turn));
  }

  /** Renews until that fails for too long, or `signal` aborts. */
  async #keep(turn: Turn, firstUntilMs: number, signal: AbortSignal): Promise<void> {
    const { clock, options } = this.#deps;
    const everyMs = options.leader_lock_expiry_ms / RENEWALS_A_LEASE;
    for (let untilMs: number | null = firstUntilMs; untilMs !== null; ) {
      const leftMs = Math.max(0, untilMs - clock.monotonicMs());
      await clock.sleep(Math.min(everyMs, leftMs), signal);
      if (signal.aborted || clock.monotonicMs() >= untilMs) return;
      untilMs = await this.#renewed(turn, untilMs);
    }
  }

  /** Until when the turn lasts now; null: it is over. */
  async #renewed(turn: Turn, untilMs: number): Promise<number | null> {
    const { clock, store, options } = this.#deps;
    const leaseMs = options.leader_lock_expiry_ms;
    // Counted from before the call, so that the turn never outlasts the store's lease.
    const beforeMs = clock.monotonicMs();
    const isKept = await this.#within(untilMs - beforeMs, () =>
      store.renewLeadership({ ...turn, leaseMs }),
    );
    if (isKept === false) return null;
    return isKept === true ? beforeMs + leaseMs : untilMs;
  }

  /** The answer, or null when there is none in time. */
  async #within<T>(ms: number, call: () => Promise<T>): Promise<T | null> {
    const over = new AbortController();
    const late = this.#deps.clock.sleep(ms, over.signal).then(() => null);
    const answer = await Promise.race([this.#try('renew leadership', call), late]);
    over.abort();
    return answer;
  }

  async #try<T>(doing: string, call: () => Promise<T>): Promise<T | null> {
    try {
      return await call();
    } catch (thrown) {
      this.#deps.onTrouble(doing, thrown);
      return null;
    }
  }
}
