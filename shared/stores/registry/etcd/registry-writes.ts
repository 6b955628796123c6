import { AppError } from '../../../kernel/errors.ts';
import { hasEtcdCode } from '../../etcd/etcd-errors.ts';
import type { PartAnswer } from '../../etcd/etcd-messages.ts';
import { inFitting } from '../../etcd/in-fitting.ts';
import { recordText } from '../record-text.ts';
import type { InstanceChange, WriteOutcome } from '../registry-store.ts';
import type { Bucket } from './bucket-leases.ts';
import {
  ChangeTransactions,
  expectedRevision,
  type PlannedChange,
  slotAfter,
} from './change-transactions.ts';
import type { InstanceLooks } from './instance-looks.ts';
import { storedInstance } from './instance-texts.ts';
import type { RegistryData, Written } from './registry-data.ts';
import type { RegistryRenewals } from './registry-renewals.ts';
import { CHANGES_MAX, lowOf, revisionOf } from './revisions.ts';
import { sideBySide } from './side-by-side.ts';

interface Deps {
  readonly data: RegistryData;
  readonly looks: InstanceLooks;
  readonly renewals: RegistryRenewals;
}

/** Changes of records, many in a transaction, each of which holds or does not by itself. */
export class RegistryWrites {
  readonly #data: RegistryData;
  readonly #looks: InstanceLooks;
  readonly #renewals: RegistryRenewals;
  readonly #transactions: ChangeTransactions;

  constructor({ data, looks, renewals }: Deps) {
    this.#data = data;
    this.#looks = looks;
    this.#renewals = renewals;
    this.#transactions = new ChangeTransactions(data.keys, data.clock);
  }

  /** Changes of the same instance one after the other. */
  async write(changes: readonly InstanceChange[]): Promise<readonly WriteOutcome[]> {
    const outcomes: WriteOutcome[] = [];
    for (const round of roundsOf(changes)) {
      const planned = await this.#plan(round.map(({ change }) => change));
      const done = await sideBySide(planned, CHANGES_MAX, (part) => this.#writeFitting(part));
      round.forEach(({ at }, nth) => {
        const outcome = done[nth];
        if (outcome !== undefined) outcomes[at] = outcome;
      });
    }
    return outcomes;
  }

  /** The service of an instance never changes, so that it may be read before. */
  async #plan(changes: readonly InstanceChange[]): Promise<PlannedChange[]> {
    const gone = changes.filter(({ record }) => record === null).map(({ id }) => id);
    const found = gone.length === 0 ? [] : await this.#looks.find(gone);
    const services = new Map(gone.map((id, at) => [id, found[at]?.record.name ?? '']));
    return changes.map((change) => ({
      change,
      service: change.record?.name ?? services.get(change.id) ?? '',
    }));
  }

  /** Fewer at a time where these are more than etcd takes, for the texts that they carry. */
  async #writeFitting(planned: readonly PlannedChange[]): Promise<readonly WriteOutcome[]> {
    const outcomes: WriteOutcome[] = [];
    while (outcomes.length < planned.length) {
      const rest = planned.slice(outcomes.length);
      const { result } = await inFitting(rest.length, (count) =>
        this.#writeSome(rest.slice(0, count)),
      );
      outcomes.push(...result);
    }
    return outcomes;
  }

  async #writeSome(planned: readonly PlannedChange[]): Promise<readonly WriteOutcome[]> {
    let buckets: ReadonlyMap<number, Bucket> = new Map();
    const written = await this.#join(planned, async (era) => {
      buckets = await this.#bucketsFor(planned);
      return {
        writes: this.#transactions.marks(planned),
        parts: planned.map((each, nth) => {
          const hangsOn = buckets.get(ttlOf(each.change) ?? 0)?.id ?? 0n;
          return this.#transactions.transaction(era, { ...each, nth, hangsOn });
        }),
      };
    });
    const outcomes = planned.map(({ change }, nth) =>
      this.#outcome(written, { change, nth, part: written.parts[nth] }),
    );
    await this.#renewLate(planned, outcomes, buckets);
    return outcomes;
  }

  async #join(
    planned: readonly PlannedChange[],
    makeStep: Parameters<RegistryData['join']>[0],
  ): Promise<Written> {
    try {
      const written = await this.#data.join(makeStep);
      if (written === null) throw new Error('nothing but the data was compared');
      return written;
    } catch (thrown) {
      const [only, another] = planned;
      if (only === undefined || another !== undefined || !hasEtcdCode(thrown, 'too_large')) {
        throw thrown;
      }
      throw tooLargeError(only.change, thrown);
    }
  }

  async #bucketsFor(planned: readonly PlannedChange[]): Promise<ReadonlyMap<number, Bucket>> {
    const times = new Set(planned.flatMap(({ change }) => ttlOf(change) ?? []));
    const taken = [...times].map(async (ttlMs) => {
      return [ttlMs, await this.#data.buckets.take(ttlMs)] as const;
    });
    return new Map(await Promise.all(taken));
  }

  #outcome(
    { era, revision }: Written,
    { change, nth, part }: { change: InstanceChange; nth: number; part: PartAnswer | undefined },
  ): WriteOutcome {
    if (part === undefined) throw new Error('etcd has not answered for each change');
    const low = lowOf(nth, slotAfter(change));
    if (part.isDone) return { isDone: true, revision: revisionOf(era, revision, low) };
    const [record, live, lease, owner] = part.found.map((kvs) => kvs[0]);
    const { fence, expected } = change;
    if (fence !== undefined && owner?.value !== String(fence.epoch)) {
      return { isDone: false, why: 'fenced', there: null };
    }
    const isExpected = (record?.revision ?? 0) === expectedRevision(era, expected);
    const there = storedInstance(era, { record, live, lease }, this.#data.clock.now());
    return { isDone: false, why: isExpected ? 'renewed' : 'changed', there };
  }

  /** Where a lease of etcd may have lasted for too short a time by the time of the answer. */
  async #renewLate(
    planned: readonly PlannedChange[],
    outcomes: readonly WriteOutcome[],
    buckets: ReadonlyMap<number, Bucket>,
  ): Promise<void> {
    for (const [ttlMs, bucket] of buckets) {
      if (this.#data.buckets.isInTime(bucket)) continue;
      const late = planned.filter(
        ({ change }, at) => outcomes[at]?.isDone === true && ttlOf(change) === ttlMs,
      );
      const ids = late.map(({ change }) => change.id);
      await this.#renewals.renew(ids, ttlMs);
    }
  }
}

/** Those of one round are of different instances. */
function roundsOf(changes: readonly InstanceChange[]) {
  const rounds: { readonly change: InstanceChange; readonly at: number }[][] = [];
  const before = new Map<string, number>();
  changes.forEach((change, at) => {
    const round = before.get(change.id) ?? 0;
    before.set(change.id, round + 1);
    (rounds[round] ??= []).push({ change, at });
  });
  return rounds;
}

function ttlOf({ record, lease }: InstanceChange): number | null {
  return record === null || lease === 'keep' || lease === 'end' ? null : lease.ttlMs;
}

function tooLargeError({ id, record }: InstanceChange, cause: unknown): AppError {
  const bytes = record === null ? 0 : Buffer.byteLength(recordText(record));
  return new AppError(
    'invalid',
    `instance ${id} is too large for etcd with ${bytes} bytes: say less of it in its metadata, ` +
      'or raise the --max-request-bytes of etcd',
    { cause, details: { etcd: 'too_large' } },
  );
}
