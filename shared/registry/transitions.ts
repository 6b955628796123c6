import type { InstanceEvent, InstanceRecord, Override } from '../domain/instance-record.ts';
import { overrideAt } from '../domain/instance-record.ts';
import type { Registration } from '../domain/registration.ts';

/** What becomes of a record, and what is told of it. */
export interface Transition {
  readonly record: InstanceRecord;
  readonly event: InstanceEvent;
}

/** Who does it, when and why. */
export interface Act {
  readonly nowMs: number;
  readonly actor: string;
  readonly reason: string;
}

/**
 * An instance as it is registered, for the first time or again. The time of its first registration
 * and what an operator has said of it stay.
 */
export function registered(
  before: InstanceRecord | null,
  { id, registration }: { readonly id: string; readonly registration: Registration },
  act: Act,
): Transition {
  const { name, address, protocol, env, zone = '', metadata, weight, status } = registration;
  const check = registration.check ?? null;
  const record: InstanceRecord = {
    ...{ id, name, address, protocol, env, zone, metadata, weight, check },
    ...{ words: status.words, reported: status.status, lifecycle: 'up' },
    override: before === null ? null : overrideAt(before, act.nowMs),
    failing: before !== null && isSame(before.check, check) ? before.failing : null,
    ...startOf(before, registration.start_time ?? null, act.nowMs),
    registeredMs: before?.registeredMs ?? act.nowMs,
    offlineMs: null,
    lastRenewMs: null,
  };
  return { record, event: told(before === null ? 'registered' : 're-registered', act) };
}

/** Its lease ran out; `lastRenewMs` is when it was last renewed. */
export function expired(before: InstanceRecord, lastRenewMs: number, act: Act): Transition {
  const record = { ...before, lifecycle: 'expired', offlineMs: act.nowMs, lastRenewMs } as const;
  return { record, event: told('expired', act) };
}

/** A renewal has come after its lease ran out. */
export function revived(before: InstanceRecord, act: Act): Transition {
  const record = { ...before, lifecycle: 'up', offlineMs: null, lastRenewMs: null } as const;
  return { record, event: told('revived', act) };
}

/** It was taken offline. When that happened stays what it was, for one that is. */
export function tookOffline(before: InstanceRecord, lastRenewMs: number, act: Act): Transition {
  const offlineMs = before.offlineMs ?? act.nowMs;
  const record = { ...before, lifecycle: 'offline', offlineMs, lastRenewMs } as const;
  return { record, event: told('offline', act) };
}

export function overridden(
  before: InstanceRecord,
  { status, untilMs }: Pick<Override, 'status' | 'untilMs'>,
  act: Act,
): Transition {
  const { reason, actor, nowMs: sinceMs } = act;
  const record = { ...before, override: { status, reason, actor, sinceMs, untilMs } };
  const saying = reason === '' ? status : `${status}: ${reason}`;
  return { record, event: told('override set', { ...act, reason: saying }) };
}

export function overrideEnded(before: InstanceRecord, act: Act): Transition {
  return { record: { ...before, override: null }, event: told('override ended', act) };
}

/** `failing`: why its check fails; null: it passes. */
export function checked(before: InstanceRecord, failing: string | null, act: Act): Transition {
  const event = failing === null ? 'check passed' : 'check failed';
  return { record: { ...before, failing }, event: told(event, act) };
}

/** By the start that it names it is the same process as before, or another one. */
function startOf(before: InstanceRecord | null, givenMs: number | null, nowMs: number) {
  if (before === null) return { incarnation: 1, startedMs: givenMs ?? nowMs };
  const isSameStart = givenMs !== null && givenMs === before.startedMs;
  // One that never went away and does not say when it was started has most likely only repeated itself.
  const unnamedMs = before.lifecycle === 'up' ? before.startedMs : nowMs;
  return {
    incarnation: before.incarnation + (isSameStart ? 0 : 1),
    startedMs: givenMs ?? unnamedMs,
  };
}

function told(event: InstanceEvent['event'], { nowMs, reason, actor }: Act): InstanceEvent {
  return { atMs: nowMs, event, reason, actor };
}

/** For what comes of the same schema, whose keys are in the same order. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
