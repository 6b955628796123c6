import type { Clock } from '../kernel/clock.ts';
import { toAppError } from '../kernel/errors.ts';
import type {
  ClaimRequest,
  PartitionStore,
  Settlement,
  Tending,
} from '../stores/partitions/partition-store.ts';
import type { Instruments } from './instruments.ts';

/** The store, with figures taken of all that is asked of it. */
export function measuredStore(
  store: PartitionStore,
  instruments: Instruments,
  clock: Clock,
): PartitionStore {
  return counted(timed(store, instruments, clock), instruments);
}

/** Of each call how long it took, and whether it failed. */
function timed(store: PartitionStore, instruments: Instruments, clock: Clock): PartitionStore {
  return new Proxy(store, {
    get: (target, op) => {
      const member: unknown = Reflect.get(target, op, target);
      if (typeof member !== 'function' || typeof op === 'symbol') return member;
      return async (...args: readonly unknown[]) => {
        const startMs = clock.monotonicMs();
        try {
          const answer: unknown = await Reflect.apply(member, target, args);
          return answer;
        } catch (thrown) {
          instruments.add('store_errors_total', { op, kind: toAppError(thrown).kind });
          throw thrown;
        } finally {
          const seconds = (clock.monotonicMs() - startMs) / 1_000;
          instruments.observe('store_op_duration_seconds', seconds, { op });
        }
      };
    },
  });
}

/** Of some calls what came of them. */
function counted(store: PartitionStore, instruments: Instruments): PartitionStore {
  const calls: Partial<PartitionStore> = {
    claim: (request) => claim(store, instruments, request),
    settle: (settlements) => settle(store, instruments, settlements),
    tend: (tending) => tend(store, instruments, tending),
    campaign: async (bid) => {
      const labels = { node_id: bid.candidate };
      instruments.add('leader_election_attempts_total', labels);
      const failed = (reason: string) =>
        instruments.add('leader_election_failures_total', { ...labels, reason });
      const seen = await store.campaign(bid).catch((thrown: unknown) => {
        failed('error');
        throw thrown;
      });
      if (seen.leader !== bid.candidate) failed('lost');
      return seen;
    },
    plan: async (plan) => {
      await store.plan(plan);
      instruments.add('partitions_planned_total', {}, plan.partitions.length);
    },
    fill: async (gaps) => {
      const made = await store.fill(gaps);
      instruments.add('gap_partitions_created_total', {}, made.length);
      return made;
    },
  };
  return new Proxy(store, {
    get: (target, op): unknown => Reflect.get(op in calls ? calls : target, op),
  });
}

async function claim(store: PartitionStore, instruments: Instruments, request: ClaimRequest) {
  const labels = { worker_id: request.workerId };
  const count = (result: string, by = 1) =>
    instruments.add('partition_claims_total', { ...labels, result }, by);
  try {
    const claimed = await store.claim(request);
    if (claimed.length === 0) count('empty');
    else count('claimed', claimed.length);
    const again = claimed.filter(({ attempts }) => attempts > 0).length;
    instruments.add('task_retries_total', labels, again);
    return claimed;
  } catch (thrown) {
    count('error');
    throw thrown;
  }
}

async function settle(
  store: PartitionStore,
  instruments: Instruments,
  settlements: readonly Settlement[],
) {
  const verdicts = await store.settle(settlements);
  for (const [index, { event }] of settlements.entries()) {
    if (verdicts[index] === 'fenced') instruments.add('fenced_writes_total', { op: event });
  }
  return verdicts;
}

async function tend(store: PartitionStore, instruments: Instruments, tending: Tending) {
  const tended = await store.tend(tending);
  instruments.add('partition_leases_expired_total', {}, tended.expired.length);
  instruments.add('partitions_buried_total', {}, tended.buried.length);
  instruments.add('partitions_requeued_total', {}, tended.requeued.length);
  return tended;
}
