import { type Clock, systemClock } from '../../../kernel/clock.ts';
import type { AppError } from '../../../kernel/errors.ts';
import { type RandomSource, systemRandom } from '../../../kernel/random.ts';
import { type RedisPlace, redisTarget } from '../../redis/redis-place.ts';
import type { PartitionStore } from '../partition-store.ts';
import { ATTACH } from './lua/namespace-scripts.ts';
import { NamespaceScripts } from './namespace-scripts.ts';
import { PARTITION_KEYS } from './partition-keys.ts';
import { redisCommands } from './redis-commands.ts';
import { redisElection } from './redis-election.ts';
import { redisLooks } from './redis-looks.ts';
import { redisOperations } from './redis-operations.ts';
import { redisPlans } from './redis-plans.ts';
import { redisWork } from './redis-work.ts';

export const PREFIX_DEFAULT = 'logkit-fleet';

export interface RedisPartitionOptions {
  readonly place: RedisPlace;
  readonly namespace: string;
  /** What all keys of this deployment begin with. */
  readonly prefix?: string;
  /** The data are gone, or somebody has begun anew in their place. Told once. */
  readonly onDeath?: (error: AppError) => void;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/**
 * Opens a namespace that is kept in Redis (5 or later), making it when there is none. Each step is
 * one script there, by its own clock. A connection that breaks is made again.
 * @throws AppError `invalid` for a place or a name that is none, or data of a newer version;
 * `forbidden` when the server does not let the user in; `unavailable` and `timeout`.
 */
export async function openRedisPartitionStore({
  place,
  namespace,
  prefix = PREFIX_DEFAULT,
  onDeath = () => undefined,
  clock = systemClock,
  random = systemRandom,
}: RedisPartitionOptions): Promise<PartitionStore> {
  const target = redisTarget(place);
  const scripts = await NamespaceScripts.open({
    ...{ target, prefix, namespace, clock, random, onDeath, keys: PARTITION_KEYS, attach: ATTACH },
  });
  return {
    identity: scripts.identity,
    ...redisElection(scripts),
    ...redisPlans(scripts),
    ...redisWork(scripts),
    ...redisLooks(scripts),
    ...redisOperations(scripts),
    ...redisCommands(scripts),
    close: () => scripts.close(),
  };
}
