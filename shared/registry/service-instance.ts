import {
  type InstanceRecord,
  type Override,
  overrideAt,
  statusAt,
} from '../domain/instance-record.ts';
import { statusWord } from '../domain/instance-status.ts';
import { systemClock } from '../kernel/clock.ts';
import type { StoredInstance } from '../stores/registry/registry-store.ts';

/** What the original writes for a time that there is none of. */
const NO_TIME = '0001-01-01T00:00:00Z';

/** An instance of a service, with the fields that the API has for it. Times are RFC 3339 texts. */
export interface InstanceFields {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly protocol: string;
  readonly env: string;
  readonly zone?: string;
  readonly register_time: string;
  readonly start_time: string;
  readonly offline_time: string;
  readonly last_renew_time: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly weight: number;
  /** In the words that it was registered with. */
  readonly status: string;
  readonly incarnation: number;
  readonly revision: number;
  /** Absent: there is none. */
  readonly override?: OverrideFields;
}

export interface OverrideFields {
  readonly status: Override['status'];
  readonly reason: string;
  readonly actor: string;
  readonly since: string;
  readonly until?: string;
}

/** Durations are ms, up to now or to the time that is given. */
export class ServiceInstance implements InstanceFields {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly protocol: string;
  readonly env: string;
  declare readonly zone?: string;
  readonly register_time: string;
  readonly start_time: string;
  readonly offline_time: string;
  readonly last_renew_time: string;
  declare readonly metadata?: Readonly<Record<string, string>>;
  readonly weight: number;
  readonly status: string;
  readonly incarnation: number;
  readonly revision: number;
  declare readonly override?: OverrideFields;

  constructor(fields: InstanceFields) {
    this.id = fields.id;
    this.name = fields.name;
    this.address = fields.address;
    this.protocol = fields.protocol;
    this.env = fields.env;
    if (fields.zone !== undefined) this.zone = fields.zone;
    this.register_time = fields.register_time;
    this.start_time = fields.start_time;
    this.offline_time = fields.offline_time;
    this.last_renew_time = fields.last_renew_time;
    if (fields.metadata !== undefined) this.metadata = fields.metadata;
    this.weight = fields.weight;
    this.status = fields.status;
    this.incarnation = fields.incarnation;
    this.revision = fields.revision;
    if (fields.override !== undefined) this.override = fields.override;
  }

  /** Since its process was started. */
  getUptime(nowMs = systemClock.now()): number {
    return nowMs - Date.parse(this.start_time);
  }

  getRegisterDuration(nowMs = systemClock.now()): number {
    return nowMs - Date.parse(this.register_time);
  }

  /** 0 for one that is not offline. */
  getOfflineDuration(nowMs = systemClock.now()): number {
    return this.offline_time === NO_TIME ? 0 : nowMs - Date.parse(this.offline_time);
  }

  getLastRenewDuration(nowMs = systemClock.now()): number {
    return nowMs - Date.parse(this.last_renew_time);
  }

  isExpired(afterMs: number, nowMs = systemClock.now()): boolean {
    return this.getLastRenewDuration(nowMs) > afterMs;
  }

  isOnline(): boolean {
    return this.status === 'up' || this.status === 'active';
  }

  isHealthy(): boolean {
    return this.isOnline();
  }

  isOffline(): boolean {
    return this.status === 'down' || this.status === 'inactive';
  }

  copy(): ServiceInstance {
    return new ServiceInstance(structuredClone<InstanceFields>(this));
  }
}

/** The instance as it is at that time. */
export function instanceAt(stored: StoredInstance, nowMs: number): ServiceInstance {
  const { record, revision } = stored;
  const { id, name, address, protocol, env, zone, metadata, weight, incarnation } = record;
  const override = overrideAt(record, nowMs);
  return new ServiceInstance({
    ...{ id, name, address, protocol, env },
    ...(zone !== '' && { zone }),
    register_time: timeText(record.registeredMs),
    start_time: timeText(record.startedMs),
    offline_time: timeText(offlineMsOf(record, override)),
    last_renew_time: timeText(lastRenewMsOf(stored, nowMs)),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    weight,
    status: statusWord(statusAt(record, nowMs), record.words),
    ...{ incarnation, revision },
    ...(override !== null && { override: overrideFields(override) }),
  });
}

/** By the clock of whoever asks: the store tells only how long it has been. */
export function lastRenewMsOf({ record, lease }: StoredInstance, nowMs: number): number {
  if (lease !== null) return Math.round(nowMs - lease.sinceRenewMs);
  return record.lastRenewMs ?? record.registeredMs;
}

function offlineMsOf(record: InstanceRecord, override: Override | null): number | null {
  return record.offlineMs ?? (override?.status === 'offline' ? override.sinceMs : null);
}

function overrideFields({ status, reason, actor, sinceMs, untilMs }: Override): OverrideFields {
  return {
    ...{ status, reason, actor },
    since: timeText(sinceMs),
    ...(untilMs !== null && { until: timeText(untilMs) }),
  };
}

function timeText(ms: number | null): string {
  return ms === null ? NO_TIME : new Date(ms).toISOString();
}
