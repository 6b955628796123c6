import { cutRange, PARTITIONS_A_PLAN_MAX } from '../../shared/coordinator/cut-range.ts';
import { openPartitionStore, type PartitionPlace } from '../../shared/coordinator/library.ts';

const CANDIDATE = 'the bench';
const LEASE_MS = 60_000;

/** Plans so many partitions of one ID, as a leader does, and leads no more. */
export async function layPile(
  place: PartitionPlace,
  namespace: string,
  partitions: number,
): Promise<void> {
  const store = await openPartitionStore(place, namespace);
  const { epoch } = await store.campaign({ candidate: CANDIDATE, leaseMs: LEASE_MS });
  const last = BigInt(partitions);
  for (let after: bigint | null = null; after !== last; ) {
    const start: bigint = (after ?? 0n) + 1n;
    const end: bigint = start + BigInt(PARTITIONS_A_PLAN_MAX) - 1n;
    const to: bigint = end < last ? end : last;
    await store.plan({ epoch, after, to, partitions: cutRange(start, to, 1n) });
    after = to;
  }
  await store.resign({ candidate: CANDIDATE, epoch });
  await store.close();
}
