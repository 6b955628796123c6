import { createHash } from 'node:crypto';
import type { Held, PartitionStore } from '../../shared/stores/partitions/partition-store.ts';

/** A sink that takes longer than this for one record gives the letter to another agent. */
const LEASE_MS = 10 * 60_000;
/** A letter is given up by nobody but people. */
const ATTEMPTS_MAX = 1_000_000;

/** `sent`: a copy of it was; `held`: another agent is sending one; null: it needs none. */
export type LetterClaim = 'sent' | 'held' | Held | null;

/**
 * Sees to it that of a dead letter that several agents have copies of one is sent: each is a
 * partition of one ID, by its name, which is claimed to send it, and completed when it was sent.
 */
export class LetterClaims {
  readonly #store: PartitionStore;
  readonly #workerId: string;

  constructor(store: PartitionStore, workerId: string) {
    this.#store = store;
    this.#workerId = workerId;
  }

  /** @throws AppError as the store does. */
  async take(name: string): Promise<LetterClaim> {
    const { id, number } = numbersOf(name);
    const range = { min: number, max: number };
    const made = await this.#store.create([{ id, ...range, options: {}, priority: 0 }]);
    if (made.length === 0) {
      // Another letter may have had the ID, if hardly ever: then nobody keeps this one from being sent.
      return (await this.#store.completedRanges(range)).length > 0 ? 'sent' : null;
    }
    const [claimed] = await this.#store.claim({
      ...{ workerId: this.#workerId, limit: 1, ids: [id], leaseMs: LEASE_MS },
      // What this agent was sending as it died is nobody else's.
      ...{ isReturning: true, isPreempting: true, attemptsMax: ATTEMPTS_MAX },
    });
    return claimed === undefined ? 'held' : { id: claimed.id, token: claimed.token };
  }

  /** It was sent: no copy of it is sent any more. */
  async complete({ id, token }: Held): Promise<void> {
    await this.#store.settle([{ id, token, event: 'complete', items: 1 }]);
  }

  async release({ id, token }: Held): Promise<void> {
    await this.#store.settle([{ id, token, event: 'release', items: 0 }]);
  }
}

/** The ID is what is claimed, and the number tells two of one ID apart. */
function numbersOf(name: string): { readonly id: number; readonly number: bigint } {
  const digest = createHash('sha256').update(name).digest();
  const [first, second] = [digest.readBigUInt64BE(0), digest.readBigUInt64BE(8)];
  return { id: Number(BigInt.asUintN(52, first)) + 1, number: BigInt.asUintN(62, second) };
}
