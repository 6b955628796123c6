import type { Clock } from '../../../kernel/clock.ts';
import type { EtcdClient } from '../../etcd/etcd-client.ts';
import { secondsOf } from '../../etcd/lease-seconds.ts';

const SECOND_MS = 1_000;
/** A lease of etcd lasts longer than what hangs on it by a part of that. */
const SPARE = { part: 0.1, secondsMin: 1, secondsMax: 5 } as const;

/** A lease of etcd that the leases of many instances hang on, which were given or renewed together. */
export interface Bucket {
  readonly id: bigint;
  /** What hangs on it by then lasts as long as was asked for, by the monotonic clock. */
  readonly untilMs: number;
}

interface Granting {
  readonly bucket: Promise<Bucket>;
  /** So long it is handed out. */
  readonly freshUntilMs: number;
}

/**
 * The leases of etcd that this client's renewals hang on: a new one every little while for each
 * length, since a lease lasts from when it was granted. None is ended: what hangs on it lasts.
 */
export class BucketLeases {
  readonly #client: Pick<EtcdClient, 'grant'>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** By seconds. */
  readonly #latest = new Map<number, Granting>();

  constructor(client: Pick<EtcdClient, 'grant'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#client = client;
    this.#clock = clock;
  }

  /** One that lasts so long from now on. */
  take(ttlMs: number): Promise<Bucket> {
    const seconds = secondsOf(ttlMs);
    const nowMs = this.#clock.monotonicMs();
    const latest = this.#latest.get(seconds);
    if (latest !== undefined && nowMs < latest.freshUntilMs) return latest.bucket;
    for (const [each, { freshUntilMs }] of this.#latest) {
      if (freshUntilMs <= nowMs) this.#latest.delete(each);
    }
    return this.#grant(seconds, nowMs);
  }

  /** Whether what was hung on it until now lasts as long as was asked for. */
  isInTime({ untilMs }: Bucket): boolean {
    return this.#clock.monotonicMs() <= untilMs;
  }

  /** One of them is not there any more. */
  forget(): void {
    this.#latest.clear();
  }

  #grant(seconds: number, nowMs: number): Promise<Bucket> {
    const { part, secondsMin, secondsMax } = SPARE;
    const spare = Math.min(secondsMax, Math.max(secondsMin, Math.floor(seconds * part)));
    const untilMs = nowMs + spare * SECOND_MS;
    const bucket = this.#client.grant(seconds + spare).then(({ id }) => ({ id, untilMs }));
    const granting = { bucket, freshUntilMs: nowMs + (spare * SECOND_MS) / 2 };
    this.#latest.set(seconds, granting);
    bucket.catch(() => {
      if (this.#latest.get(seconds) === granting) this.#latest.delete(seconds);
    });
    return bucket;
  }
}
