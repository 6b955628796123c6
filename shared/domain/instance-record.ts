import type { InstanceStatus, StatusWords } from './instance-status.ts';

/** The environments an instance may be for; `all` is found in each of them. */
export const ENVIRONMENTS = ['all', 'dev', 'test', 'prod'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** What an operator has said of an instance; neither renewal nor registration takes it back. */
export interface Override {
  readonly status: 'maintenance' | 'offline';
  readonly reason: string;
  /** Who has said so. */
  readonly actor: string;
  /** Epoch ms. */
  readonly sinceMs: number;
  /** When it is over, in epoch ms; null: it is not until somebody says so. */
  readonly untilMs: number | null;
}

/** A look at the instance beside its lease, at its own address. */
export interface InstanceCheck {
  readonly type: 'http' | 'tcp';
  /** Of an HTTP check. */
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** So many in a row before it counts. */
  readonly failures: number;
  readonly successes: number;
}

/**
 * An instance of a service as it is kept. When its lease ends is not in it: a renewal does not
 * write the record. Times are epoch ms.
 */
export interface InstanceRecord {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly protocol: string;
  readonly env: Environment;
  /** Empty: none. */
  readonly zone: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly weight: number;
  readonly words: StatusWords;
  /** What it says of itself. */
  readonly reported: InstanceStatus;
  /** `up`: it has a lease. `expired`: that ran out; a renewal brings it back. `offline`: it was taken
   * offline; only a registration brings it back. */
  readonly lifecycle: 'up' | 'expired' | 'offline';
  readonly override: Override | null;
  readonly check: InstanceCheck | null;
  /** Why its check fails; null: it does not. */
  readonly failing: string | null;
  /** How often it was started, as far as registrations tell. */
  readonly incarnation: number;
  /** Of the first registration. */
  readonly registeredMs: number;
  readonly startedMs: number;
  /** When it went offline or its lease ran out; null while it has a lease. */
  readonly offlineMs: number | null;
  /** The last renewal of a lease that is over; null while it has one. */
  readonly lastRenewMs: number | null;
}

/** What happened to an instance, when, and why. */
export interface InstanceEvent {
  readonly atMs: number;
  readonly event:
    | 'registered'
    | 're-registered'
    | 'expired'
    | 'revived'
    | 'offline'
    | 'override set'
    | 'override ended'
    | 'check failed'
    | 'check passed';
  readonly reason: string;
  /** Who did it; empty: the registry itself. */
  readonly actor: string;
}

/** What the instance is at that time, whichever of the four has said so first. */
export function statusAt(record: InstanceRecord, nowMs: number): InstanceStatus {
  const override = overrideAt(record, nowMs);
  if (override !== null) return override.status === 'offline' ? 'down' : 'maintenance';
  if (record.lifecycle !== 'up') return 'down';
  return record.failing === null ? record.reported : 'unhealthy';
}

/** The override that holds at that time. */
export function overrideAt({ override }: InstanceRecord, nowMs: number): Override | null {
  if (override?.untilMs == null) return override;
  return override.untilMs > nowMs ? override : null;
}
