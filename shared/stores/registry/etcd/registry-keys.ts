import { crc32 } from 'node:zlib';
import type { RangeQuery } from '../../etcd/etcd-messages.ts';

/** What comes right after a slash in the order of keys. */
const AFTER_SLASH = '0';
/** What comes right after a key. */
const NEXT = '\0';
/** No prefix of another registry goes on like this, so that none is in the middle of this one. */
const MARK = '@';
const HEX = 16;
const SHARD_DIGITS = 2;

/** Spread by their IDs, so that what has ended or changed is looked for in a small part of them. */
type Spread =
  | 'records'
  /** One an instance that has a lease, ended or not: how long that lasts, in ms. */
  | 'live'
  /** One a lease, as long as it lasts: when it was renewed, and how long it lasts. */
  | 'leases'
  /** What was removed: the service. */
  | 'removed';
/** Instances in the order of their IDs: all of them, and those of each service. */
type Index = 'ids' | 'names';
type Single =
  /** What revisions of these data are counted from. */
  | 'begun'
  /** The last removal that is not known any more. */
  | 'forgotten'
  /** Who has had the turn to expire instances last. */
  | 'turn'
  /** The epoch of that turn, as long as it lasts. */
  | 'owner';

const SHARDS_MAX = 64;
export const SHARDS: readonly string[] = Array.from({ length: SHARDS_MAX }, (_, nth) =>
  shardText(nth),
);

/** The names of a registry's keys in etcd. */
export class RegistryKeys {
  readonly #root: string;

  constructor(prefix: string) {
    this.#root = `${prefix}/${MARK}`;
  }

  one(name: Single): string {
    return `${this.#root}${name}`;
  }

  of(folder: Spread, id: string): string {
    return `${this.#root}${folder}/${shardOf(id)}/${encodeURIComponent(id)}`;
  }

  shard(folder: Spread, shard: string): RangeQuery {
    return this.#all(`${folder}/${shard}`);
  }

  all(folder: 'removed' | 'touched' | 'services'): RangeQuery {
    return this.#all(folder);
  }

  /** Written whenever a record of that part of them is. */
  touched(shard: string): string {
    return `${this.#root}touched/${shard}`;
  }

  indexed(id: string): string {
    return `${this.#root}ids/${encodeURIComponent(id)}`;
  }

  named(service: string, id: string): string {
    return `${this.#root}names/${encodeURIComponent(service)}/${encodeURIComponent(id)}`;
  }

  /** Those of a service, or (null) all of them, whose IDs are greater. */
  listed(service: string | null, after: string): RangeQuery {
    const folder: Index = service === null ? 'ids' : 'names';
    const all = this.#all(service === null ? folder : `${folder}/${encodeURIComponent(service)}`);
    return after === '' ? all : { ...all, key: `${all.key}${encodeURIComponent(after)}${NEXT}` };
  }

  /** Written whenever an instance of the service begins. */
  service(service: string): string {
    return `${this.#root}services/${encodeURIComponent(service)}`;
  }

  /** Of each instance there are so many at most as there are slots. */
  event(id: string, slot: number): string {
    return `${this.#root}events/${encodeURIComponent(id)}/${slot}`;
  }

  events(id: string): Required<Pick<RangeQuery, 'key' | 'to'>> {
    return this.#all(`events/${encodeURIComponent(id)}`);
  }

  #all(folder: string): Required<Pick<RangeQuery, 'key' | 'to'>> {
    return { key: `${this.#root}${folder}/`, to: `${this.#root}${folder}${AFTER_SLASH}` };
  }
}

/** The part of all instances that this one is in. */
export function shardOf(id: string): string {
  return shardText(crc32(id) % SHARDS_MAX);
}

function shardText(nth: number): string {
  return nth.toString(HEX).padStart(SHARD_DIGITS, '0');
}
