import type { RandomSource } from '../../../kernel/random.ts';
import type { KeyValue } from '../../etcd/etcd-messages.ts';
import { keyFurtherOn, NEXT } from './etcd-keys.ts';

/** Among so many times as many as it wants a client looks for a place, at most. */
const REACH_MAX = 256;
/** Where it does not know how many there are: then it reads them all. */
const REACH_READ_MAX = 16;
const GROW = 2;
const SHRINK = 0.75;
/** So often a client claims on from a place of its own before it looks at the first ones again. */
const CLAIMS_MAX = 16;
/** So many times as many as it wants a client reads at a time, at most; and so many. */
const AHEAD_MAX = 16;
const ROWS_MAX = 1_000;
/** So many times as many IDs on there are mostly as many partitions as are wanted. */
const NEAR = 4;
/** Of larger texts no more is read than is wanted. */
const AHEAD_CHARS_MAX = 1_000_000;

export interface WaitingRoom {
  /** Of what is read here; 0: nothing was read yet. */
  readonly revision: () => number;
  /** When something was put into it last. */
  readonly addedAt: () => number;
  /** The first ones from where the look begins. */
  readonly read: (look: WaitingLook) => readonly KeyValue[];
}

export interface WaitingLook {
  /** Null: with the very first. */
  readonly from: string | null;
  readonly limit: number;
  /** Fewer than these are not enough. */
  readonly least: number;
  /** So many IDs on there are mostly that many. */
  readonly near: number;
}

/** What is to be claimed, in a step that may come to nothing. */
export interface Picked {
  readonly rows: readonly KeyValue[];
  /** What was read beyond them, and when something was put in last, as it was known then. */
  readonly rest: readonly KeyValue[];
  readonly addedAt: number;
  /** Of what was read for it; null: it was known from an earlier read. */
  readonly seenAt: number | null;
  /** Where the very first ones began then. */
  readonly front: string | null;
}

/**
 * Where among the waiting partitions a client claims: the very first ones as long as nobody else
 * claims; where it has met another one it goes on at a place of its own behind those, for a while. It
 * goes on from where it was as long as nothing was put in: etcd looks at all keys that there were
 * before. It reads ahead as far as has gone well: what others have taken since is found out by
 * comparing.
 */
export class ClaimPlace {
  readonly #random: RandomSource;
  #reach = 1;
  #windows = 1;
  #from: string | null = null;
  /** There was nothing before it when the very first ones were read last. */
  #front: string | null = null;
  #seenAt = 0;
  /** How far within its reach it looks. */
  #share = 0;
  #claims = 0;
  #ahead: Pick<Picked, 'rest' | 'addedAt'> = NOTHING_AHEAD;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** When something was put in last, where so many are known without a look; or null. */
  aheadOf(limit: number): number | null {
    const { rest, addedAt } = this.#ahead;
    return rest.length < limit ? null : addedAt;
  }

  /** What is read next. */
  look(limit: number): WaitingLook {
    return this.#from === null
      ? this.#lookAnew(limit, this.#front)
      : this.#lookOn(this.#from, limit);
  }

  pick(room: WaitingRoom, limit: number): Picked {
    const { rest, addedAt } = this.#ahead;
    if (room.revision() === 0 && rest.length >= limit) {
      return pickedOf(rest, limit, { addedAt, seenAt: null, front: null });
    }
    const isSeen = room.addedAt() <= this.#seenAt;
    const onward = isSeen && this.#from !== null ? this.#onward(room, limit, this.#from) : null;
    return onward ?? this.#anew(room, limit, isSeen ? this.#front : null);
  }

  /** What it has read is not true any more. */
  lookAnew(): void {
    this.#ahead = NOTHING_AHEAD;
    this.#from = null;
    this.#claims = 0;
    this.#share = this.#random.next();
  }

  /** Somebody else has claimed what was picked. */
  met({ rows }: Picked): void {
    this.lookAnew();
    const [first] = rows;
    this.#reach = Math.min(REACH_MAX, this.#reach * GROW);
    this.#windows = Math.max(1, Math.floor(this.#windows / 2));
    if (first !== undefined) this.#from = this.#behind(first.key, rows.length);
  }

  metNobody({ rows, rest, addedAt, seenAt, front }: Picked): void {
    const last = rows.at(-1);
    this.#ahead = { rest, addedAt };
    this.#from = last === undefined ? null : `${(rest.at(-1) ?? last).key}${NEXT}`;
    if (seenAt !== null) {
      this.#seenAt = seenAt;
      this.#front = front;
    }
    if (rest.length < rows.length) this.#readMore(rows);
    if (this.#reach === 1) return;
    this.#claims += 1;
    if (this.#claims < CLAIMS_MAX) return;
    this.lookAnew();
    this.#from = this.#front;
    this.#reach = Math.max(1, Math.floor(this.#reach * SHRINK));
  }

  /** What was read ahead is used up, and nobody was in the way. */
  #readMore(rows: readonly KeyValue[]): void {
    const chars = rows.reduce((sum, { value }) => sum + value.length, 0);
    const most = Math.max(1, Math.floor(AHEAD_CHARS_MAX / Math.max(1, chars)));
    this.#windows = Math.min(AHEAD_MAX, most, this.#windows * 2);
  }

  /** A place within its reach. */
  #behind(key: string, limit: number): string {
    return keyFurtherOn(key, Math.ceil(this.#share * limit * this.#reach));
  }

  #lookOn(from: string, limit: number): WaitingLook {
    const ahead = this.#aheadOf(limit);
    return { from, limit: ahead, least: limit, near: ahead + limit * NEAR };
  }

  #lookAnew(limit: number, from: string | null): WaitingLook {
    const reach = Math.min(this.#reach, REACH_READ_MAX);
    const all = limit * (reach - 1) + this.#aheadOf(limit);
    return { from, limit: all, least: limit, near: all + limit * NEAR };
  }

  #aheadOf(limit: number): number {
    return Math.max(limit, Math.min(ROWS_MAX, limit * this.#windows));
  }

  /** What is missing at the end may be there at the beginning: null. */
  #onward(room: WaitingRoom, limit: number, from: string): Picked | null {
    const look = this.#lookOn(from, limit);
    const next = room.read(look);
    const [first] = next;
    if (first === undefined || next.length < limit) return null;
    const front = from === this.#front ? first.key : this.#front;
    const seen = { addedAt: room.addedAt(), seenAt: this.#seenAt, front };
    const isNear = this.#reach === 1 || first.key < keyFurtherOn(from, look.near);
    return pickedOf(isNear ? next : (this.#readBehind(room, limit, first) ?? next), limit, seen);
  }

  /** Where those in between are gone somebody is at work on the next ones, mostly. */
  #readBehind(room: WaitingRoom, limit: number, first: KeyValue): readonly KeyValue[] | null {
    const behind = room.read(this.#lookOn(this.#behind(first.key, limit), limit));
    return behind.length < limit ? null : behind;
  }

  #anew(room: WaitingRoom, limit: number, from: string | null): Picked {
    const waiting = room.read(this.#lookAnew(limit, from));
    const front = waiting[0]?.key ?? null;
    const places = this.#reach === 1 ? 1 : Math.max(1, waiting.length - limit + 1);
    const at = Math.floor(this.#share * places);
    const seen = { addedAt: room.addedAt(), seenAt: room.revision(), front };
    return pickedOf(waiting.slice(at), limit, seen);
  }
}

const NOTHING_AHEAD = { rest: [], addedAt: 0 };

function pickedOf(
  found: readonly KeyValue[],
  limit: number,
  seen: Pick<Picked, 'addedAt' | 'seenAt' | 'front'>,
): Picked {
  return { rows: found.slice(0, limit), rest: found.slice(limit), ...seen };
}
