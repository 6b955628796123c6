import type { RangeQuery } from '../../etcd/etcd-messages.ts';

/** What comes right after a slash in the order of keys. */
const AFTER_SLASH = '0';
/** What the key that comes right after another one ends in. */
export const NEXT = '\0';
const ID_DIGITS = 16;
const NUMBER_DIGITS = 20;
/** Makes numbers of 64 bits with a sign such without one, in the same order. */
const BIAS = 2n ** 63n;
const PRIORITY_BIAS = 10 ** 15;

/**
 * Where partitions are, which are in one room at a time: waiting ones in the order in which they are
 * claimed, held ones, and those that failed or are dead.
 */
type Room = 'waiting' | 'held' | 'over';
/** Made: the ranges of all partitions that there are or were; done: those of completed ones. */
export type CoverageKind = 'made' | 'done-ids' | 'done-spans';
type Folder =
  | Room
  | CoverageKind
  /** When failed ones are due. */
  | 'due'
  /** One a lease of holders, as long as it lasts, with the time of their last sign of life. */
  | 'leases'
  | 'workers'
  /** One a worker, as long as it is active. */
  | 'present'
  | 'commands'
  | 'done-commands'
  /** What each client has changed of the counts and of what is completed. */
  | 'ledgers'
  /** Of the strategy `simple`. */
  | 'locks';
type Single =
  | 'incarnation'
  /** Where it is not `hash`. */
  | 'strategy'
  /** Of the strategy `simple`. */
  | 'document'
  | 'turn'
  | 'leading'
  | 'plan'
  | 'paused'
  /** Written whenever something is put into the waiting room. */
  | 'added'
  | 'priorities'
  | 'overlaps'
  | 'fold';

/** The names of a namespace's keys in etcd. */
export class EtcdKeys {
  readonly #root: string;

  constructor(prefix: string, namespace: string) {
    this.#root = `${prefix}/${encodeURIComponent(namespace)}/`;
  }

  one(name: Single): string {
    return `${this.#root}${name}`;
  }

  in(folder: Folder, name: string): string {
    return `${this.#root}${folder}/${name}`;
  }

  /** Of IDs, commands or workers that somebody else has named. */
  named(folder: Folder, name: string): string {
    return this.in(folder, encodeURIComponent(name));
  }

  all(folder: Folder): RangeQuery {
    return { key: this.in(folder, ''), to: `${this.#root}${folder}${AFTER_SLASH}` };
  }

  waiting(priority: number, id: number): string {
    return this.in('waiting', `${priorityText(priority)}/${idText(id)}`);
  }

  /** Those of a priority whose IDs are greater. */
  waitingAfter(priority: number, id: number, limit: number): RangeQuery {
    const folder = this.in('waiting', priorityText(priority));
    return { key: `${folder}/${idText(id + 1)}`, to: `${folder}${AFTER_SLASH}`, limit };
  }

  held(id: number): string {
    return this.in('held', idText(id));
  }

  over(id: number): string {
    return this.in('over', idText(id));
  }

  after(folder: 'held' | 'over', id: number, limit: number): RangeQuery {
    return { ...this.all(folder), key: this.in(folder, idText(id + 1)), limit };
  }

  due(atMs: number, id: number): string {
    return this.in('due', `${timeText(atMs)}/${idText(id)}`);
  }

  dueUntil(atMs: number, limit: number): RangeQuery {
    return {
      key: this.in('due', ''),
      to: this.in('due', `${timeText(atMs)}${AFTER_SLASH}`),
      limit,
    };
  }
}

/** The ID that a partition's key ends in. */
export function idOfKey(key: string): number {
  return Number(key.slice(-ID_DIGITS));
}

/** Of one of the same priority whose ID is so much greater than the key's, or than that before it. */
export function keyFurtherOn(from: string, ids: number): string {
  const key = from.endsWith(NEXT) ? from.slice(0, -NEXT.length) : from;
  return `${key.slice(0, -ID_DIGITS)}${idText(idOfKey(key) + ids)}`;
}

/** Digits that are in the order of the numbers. */
export function numberText(value: bigint): string {
  return (value + BIAS).toString().padStart(NUMBER_DIGITS, '0');
}

export function numberOf(text: string): bigint {
  return BigInt(text) - BIAS;
}

function idText(id: number): string {
  return String(id).padStart(ID_DIGITS, '0');
}

/** The highest come first. */
function priorityText(priority: number): string {
  return String(PRIORITY_BIAS - priority).padStart(ID_DIGITS, '0');
}

function timeText(ms: number): string {
  const whole = Math.ceil(Math.min(Math.max(ms, 0), Number.MAX_SAFE_INTEGER));
  return String(whole).padStart(ID_DIGITS, '0');
}
