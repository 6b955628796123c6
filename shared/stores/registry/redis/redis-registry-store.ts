import { type Clock, systemClock } from '../../../kernel/clock.ts';
import { type RandomSource, systemRandom } from '../../../kernel/random.ts';
import { type RedisPlace, redisTarget } from '../../redis/redis-place.ts';
import { listOf, numberOf, textOf, textsOf } from '../../redis/replies.ts';
import { inSteps } from '../../redis/steps.ts';
import { eventOf } from '../record-text.ts';
import type { InstancePage, RegistryStore, StoredInstance } from '../registry-store.ts';
import { DISOWN, FORGET, OWN, REVISION } from './place-scripts.ts';
import { CHANGES, FIND, LIST, LIST_SERVICES, READ_EVENTS } from './read-scripts.ts';
import {
  changesOf,
  msText,
  outcomeOf,
  presentOf,
  renewalOf,
  shownOf,
  wordsOf,
} from './registry-replies.ts';
import { RegistryScripts } from './registry-scripts.ts';
import { OVERDUE, RENEW, WRITE } from './write-scripts.ts';

/** Others want their turn at the server: one script shows or forgets no more than so many. */
const SHOWN_MAX = 1_000;

export interface RedisRegistryOptions {
  readonly place: RedisPlace;
  readonly prefix: string;
  /** So long leases last at least after the server was started anew. */
  readonly graceMs: number;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/**
 * Opens a registry that is kept in Redis (5 or later), making it when there is none. Each step is one
 * script there, by its own clock. A connection that breaks is made again; data that were wiped are a
 * new registry.
 * @throws AppError `invalid` for a place or a prefix that is none, or data of a newer version;
 * `forbidden` when the server does not let the user in; `unavailable` and `timeout`.
 */
export async function openRedisRegistryStore({
  place,
  prefix,
  graceMs,
  clock = systemClock,
  random = systemRandom,
}: RedisRegistryOptions): Promise<RegistryStore> {
  const target = redisTarget(place);
  const scripts = await RegistryScripts.open({ target, prefix, graceMs, clock, random });
  return { ...reading(scripts), ...writing(scripts), close: () => scripts.close() };
}

function reading(scripts: RegistryScripts) {
  return {
    find: async (ids: readonly string[]) =>
      inSteps(ids, async (some) => listOf(await scripts.run(FIND, some)).map(shownOf)),
    list: (page: InstancePage) => list(scripts, page),
    services: async () => {
      const words = textsOf(await scripts.run(LIST_SERVICES, []));
      const services = words.flatMap((name, nth) =>
        nth % 2 === 0 ? [{ name, instances: Number(words[nth + 1]) }] : [],
      );
      return services.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    overdue: async (limit: number) => {
      const reply = listOf(await scripts.run(OVERDUE, [String(limit)]));
      const [leases, ended, ids] = reply;
      return { leases: numberOf(leases), ended: numberOf(ended), ids: textsOf(ids) };
    },
    changesSince: async (revision: number, limit: number) => {
      const most = Math.min(limit, SHOWN_MAX);
      return changesOf(await scripts.run(CHANGES, [revision, most].map(String)), most);
    },
    revision: async () => numberOf(await scripts.run(REVISION, [])),
    history: async (id: string) => {
      const reply = await scripts.run(READ_EVENTS, [id]);
      return reply === null ? [] : textOf(reply).split('\n').map(eventOf);
    },
  };
}

function writing(scripts: RegistryScripts) {
  return {
    write: async (changes: Parameters<RegistryStore['write']>[0]) =>
      inSteps(changes, async (some) =>
        listOf(await scripts.run(WRITE, some.flatMap(wordsOf))).map(outcomeOf),
      ),
    renew: async (ids: readonly string[], ttlMs: number) => {
      if (ids.length === 0) return [];
      return inSteps(ids, async (some) =>
        Array.from(textOf(await scripts.run(RENEW, [msText(ttlMs), ...some])), renewalOf),
      );
    },
    own: async (owner: string, leaseMs: number) => {
      const epoch = await scripts.run(OWN, [owner, msText(leaseMs)]);
      return epoch === null ? null : numberOf(epoch);
    },
    disown: async (owner: string) => {
      await scripts.run(DISOWN, [owner]);
    },
    forget: async (keep: number) => {
      const words = [keep, SHOWN_MAX].map(String);
      let isMore = true;
      while (isMore) isMore = (await scripts.run(FORGET, words)) === 1;
    },
  };
}

async function list(
  scripts: RegistryScripts,
  { service, after, limit }: InstancePage,
): Promise<readonly StoredInstance[]> {
  const all: StoredInstance[] = [];
  while (all.length < limit) {
    const most = Math.min(limit - all.length, SHOWN_MAX);
    const from = all.at(-1)?.record.id ?? after;
    const some = listOf(await scripts.run(LIST, [service ?? '', from, String(most)]));
    all.push(...some.map(presentOf));
    if (some.length < most) break;
  }
  return all;
}
