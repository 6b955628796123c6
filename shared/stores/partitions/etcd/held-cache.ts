import type { Partition } from '../../../domain/partition.ts';
import type { Found } from './etcd-rooms.ts';
import { tokenOf } from './partition-text.ts';

const PARTITIONS_MAX = 10_000;

/** A held partition as a step has written it. */
export interface WrittenHeld {
  readonly key: string;
  readonly partition: Partition;
  /** Null: the one that was new in the step. */
  readonly lease: string | null;
  /** Whether its token is only the number of the claim within the transaction. */
  readonly isHanded: boolean;
}

interface Written {
  /** By ID; null: nobody holds it any more. */
  readonly held: ReadonlyMap<number, WrittenHeld | null>;
  readonly lease: bigint;
  readonly revision: number;
}

/**
 * What this client has written of held partitions, so that it need not read it before it goes on
 * with them. What somebody else has changed since is found out when the step compares.
 */
export class HeldCache {
  readonly #known = new Map<number, Found>();

  keep({ held, lease, revision }: Written): void {
    for (const [id, written] of held) {
      this.#known.delete(id);
      if (written === null) continue;
      const { key, partition, isHanded } = written;
      this.#known.set(id, {
        ...{ key, revision, lease: written.lease ?? String(lease) },
        partition: isHanded
          ? { ...partition, token: tokenOf(revision, partition.token) }
          : partition,
      });
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= PARTITIONS_MAX) return;
      this.#known.delete(id);
    }
  }

  of(ids: Iterable<number>): Found[] {
    const known = [...new Set(ids)].map((id) => this.#known.get(id));
    return known.filter((each) => each !== undefined);
  }

  drop(ids: Iterable<number>): void {
    for (const id of ids) this.#known.delete(id);
  }
}
