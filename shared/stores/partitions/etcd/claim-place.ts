import type { RandomSource } from '../../../kernel/random.ts';

/** Among so many times as many as it wants a client looks for a place, at most. */
const REACH_MAX = 64;
/** So often a client claims on from a place of its own before it looks for another one. */
const CLAIMS_MAX = 16;
/** The key that comes right after another one. */
const NEXT = '\0';

export interface WaitingRoom<T> {
  /** Of what is read here. */
  readonly revision: () => number;
  /** When something was put into it last. */
  readonly addedAt: () => number;
  /** The first ones from a key on; null: the very first. */
  readonly read: (from: string | null, limit: number) => readonly T[];
}

/**
 * Where among the waiting partitions a client claims: the very first ones as long as nobody else
 * claims, and where clients have met each at a place of its own behind those, for a while. It goes on
 * from where it was as long as nothing was put in: etcd looks at all keys that there were before.
 */
export class ClaimPlace {
  readonly #random: RandomSource;
  #reach = 1;
  #from: string | null = null;
  #last: string | null = null;
  #seenAt = 0;
  #claims = 0;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  pick<T extends { readonly key: string }>(room: WaitingRoom<T>, limit: number): readonly T[] {
    const isSeen = this.#from !== null && room.addedAt() <= this.#seenAt;
    const picked = isSeen ? this.#onward(room, limit) : this.#anew(room, limit);
    this.#last = picked.at(-1)?.key ?? null;
    return picked;
  }

  /** Somebody else has claimed what was picked. */
  met(): void {
    this.#from = null;
    this.#claims = 0;
    this.#reach = Math.min(REACH_MAX, this.#reach * 2);
  }

  metNobody(): void {
    this.#from = this.#last === null ? null : `${this.#last}${NEXT}`;
    if (this.#reach === 1) return;
    this.#claims += 1;
    if (this.#claims < CLAIMS_MAX) return;
    this.#from = null;
    this.#claims = 0;
    this.#reach /= 2;
  }

  #anew<T>({ read, revision }: WaitingRoom<T>, limit: number): readonly T[] {
    const waiting = read(null, limit * this.#reach);
    this.#seenAt = revision();
    const places = this.#reach === 1 ? 1 : Math.max(1, waiting.length - limit + 1);
    const at = Math.floor(this.#random.next() * places);
    return waiting.slice(at, at + limit);
  }

  /** What is missing at the end may be there at the beginning. */
  #onward<T>(room: WaitingRoom<T>, limit: number): readonly T[] {
    const next = room.read(this.#from, limit);
    return next.length === limit ? next : this.#anew(room, limit);
  }
}
