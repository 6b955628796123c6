import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import type { EtcdClient } from '../../etcd/etcd-client.ts';
import { hasEtcdCode } from '../../etcd/etcd-errors.ts';
import type { Joined, JoinedAnswer, KeyValue, RangeQuery } from '../../etcd/etcd-messages.ts';
import { BucketLeases } from './bucket-leases.ts';
import type { RegistryKeys } from './registry-keys.ts';
import type { Era } from './revisions.ts';

/** So often a step is begun anew, since what it was made from is over. */
const TRIES_MAX = 4;

export interface Reading {
  readonly era: Era;
  readonly found: readonly (readonly KeyValue[])[];
  /** Of etcd, at which it was read. */
  readonly revision: number;
}

export interface Written {
  readonly era: Era;
  /** Of etcd. */
  readonly revision: number;
  readonly parts: JoinedAnswer['parts'];
}

/** `compares`: beside that the data are those of that era; absent: nothing else. */
export type Step = Omit<Joined, 'compares'> & Partial<Pick<Joined, 'compares'>>;

interface DataDeps {
  readonly client: EtcdClient;
  readonly keys: RegistryKeys;
  readonly clock: Clock;
}

/** Reads and changes the data that are there, also when they are others than before. */
export class RegistryData {
  readonly keys: RegistryKeys;
  readonly clock: Clock;
  readonly client: EtcdClient;
  readonly buckets: BucketLeases;
  #era: Promise<Era> | null = null;
  #isClosed = false;

  constructor({ client, keys, clock }: DataDeps) {
    this.client = client;
    this.keys = keys;
    this.clock = clock;
    this.buckets = new BucketLeases(client, clock);
  }

  /** Those that are there, or new ones. */
  era(): Promise<Era> {
    if (this.#isClosed) return Promise.reject(closedError());
    if (this.#era !== null) return this.#era;
    const asked = this.#begin();
    this.#era = asked;
    asked.catch(() => this.#forget(asked));
    return asked;
  }

  /** All of it as it was at one moment, but for what is asked for at a revision. */
  async read(queries: readonly RangeQuery[]): Promise<Reading> {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const asked = this.era();
      const era = await asked;
      const { found, revision } = await this.client.ranges([this.#begun, ...queries]);
      const [begun, ...rest] = found;
      if (begun?.[0]?.value === textOf(era)) return { era, found: rest, revision };
      this.#forget(asked);
    }
    throw unsteadyError();
  }

  /** Null: what the step itself compares may have changed. */
  async join(makeStep: (era: Era) => Promise<Step>): Promise<Written | null> {
    for (let tries = 1; ; tries += 1) {
      const asked = this.era();
      const era = await asked;
      const { compares = [], ...step } = await makeStep(era);
      const isEra = { key: this.#begun.key, value: textOf(era) };
      const answer = await this.#join({ ...step, compares: [isEra, ...compares] });
      if (answer?.isDone === true) return { era, ...answer };
      // Whoever compares something reads anew then, and that tells whether these are other data.
      if (answer !== null && compares.length > 0) return null;
      if (tries === TRIES_MAX) throw answer === null ? tooSlowError() : unsteadyError();
      if (answer !== null) this.#forget(asked);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.client.close();
  }

  /** Null: a lease of etcd has ended before anything could be hung on it. */
  async #join(joined: Joined): Promise<JoinedAnswer | null> {
    try {
      return await this.client.join(joined);
    } catch (thrown) {
      if (!hasEtcdCode(thrown, 'no_lease')) throw thrown;
      this.buckets.forget();
      return null;
    }
  }

  async #begin(): Promise<Era> {
    const { key } = this.#begun;
    const value = String(this.clock.now());
    const { isDone, found, revision } = await this.client.transact({
      compares: [{ key, revision: 0 }],
      writes: [{ op: 'put', key, value, lease: 0n }],
      otherwise: [{ key }],
    });
    const there = isDone ? { value, revision } : found[0]?.[0];
    if (there === undefined) throw unsteadyError();
    return { base: Number(there.value), begun: there.revision };
  }

  #forget(asked: Promise<Era>): void {
    if (this.#era === asked) this.#era = null;
  }

  get #begun(): { readonly key: string } {
    return { key: this.keys.one('begun') };
  }
}

function textOf({ base }: Era): string {
  return String(base);
}

function closedError(): AppError {
  return new AppError('unavailable', 'the registry was closed: open it anew', {
    details: { reached: false },
  });
}

/** What was asked has been done, or not, and no lease lasts as long as it should for that. */
export function tooSlowError(): AppError {
  return new AppError('timeout', 'etcd answers too slowly for leases: they end before it has');
}

function unsteadyError(): AppError {
  return new AppError(
    'unavailable',
    'the data of the registry in etcd change too often while they are asked for: try again',
  );
}
