import { systemClock } from '../../kernel/clock.ts';
import { systemRandom } from '../../kernel/random.ts';
import type { StoreIdentity } from '../partitions/partition-store.ts';
import { NamespaceScripts } from '../partitions/redis/namespace-scripts.ts';
import type { RedisPartitionOptions } from '../partitions/redis/redis-partition-store.ts';
import { PREFIX_DEFAULT } from '../partitions/redis/redis-partition-store.ts';
import { redisTarget } from '../redis/redis-place.ts';
import { listOf, numberOf, textOf } from '../redis/replies.ts';
import {
  ATTACH_DOCUMENT,
  DOCUMENT_KEYS,
  READ_DOCUMENT,
  SWAP_DOCUMENT,
} from './document-scripts.ts';
import type {
  DocumentChange,
  DocumentQuestion,
  DocumentReading,
  LockedDocument,
} from './locked-document.ts';

const UNCHANGED = '=';

/**
 * Opens the document of a namespace that is kept in Redis, making it when there is none: a string
 * and, for each lock, a key that ends by itself.
 * @throws AppError as `openRedisPartitionStore` does.
 */
export async function openRedisDocument({
  place,
  namespace,
  prefix = PREFIX_DEFAULT,
  onDeath = () => undefined,
  clock = systemClock,
  random = systemRandom,
}: RedisPartitionOptions): Promise<LockedDocument> {
  const target = redisTarget(place);
  const script = { keys: DOCUMENT_KEYS, attach: ATTACH_DOCUMENT };
  return new RedisDocument(
    await NamespaceScripts.open({
      ...{ target, prefix, namespace, clock, random, onDeath, ...script },
    }),
  );
}

class RedisDocument implements LockedDocument {
  readonly identity: StoreIdentity;
  readonly #scripts: NamespaceScripts;

  constructor(scripts: NamespaceScripts) {
    this.#scripts = scripts;
    this.identity = scripts.identity;
  }

  async read({ revision, locks }: DocumentQuestion): Promise<DocumentReading> {
    const reply = await this.#scripts.runWith(locks, READ_DOCUMENT, [String(revision)]);
    const [is, restarts, nowMs, text, ...left] = listOf(reply);
    const leftMs = new Map<string, number>();
    for (const [nth, name] of locks.entries()) {
      const ms = numberOf(left[nth]);
      // It is less than nothing of one that is not there.
      if (ms > 0) leftMs.set(name, ms);
    }
    return {
      ...{ revision: numberOf(is), restarts: numberOf(restarts), nowMs: numberOf(nowMs), leftMs },
      text: text === UNCHANGED ? null : textOf(text),
    };
  }

  async swap({ revision, text, taken, freed }: DocumentChange): Promise<number | null> {
    const names = [...taken.map(({ name }) => name), ...freed];
    const words = taken.flatMap(({ leaseMs, holder }) => [String(Math.ceil(leaseMs)), holder]);
    const all = [String(revision), text, ...words];
    const isDone = (await this.#scripts.runWith(names, SWAP_DOCUMENT, all)) === 1;
    return isDone ? revision + 1 : null;
  }

  close(): Promise<void> {
    return this.#scripts.close();
  }
}
