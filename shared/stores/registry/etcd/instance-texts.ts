import type { KeyValue } from '../../etcd/etcd-messages.ts';
import { LEFT_MS_MIN } from '../../etcd/lease-seconds.ts';
import { recordOf } from '../record-text.ts';
import type { Lease, StoredInstance } from '../registry-store.ts';
import { type Era, revisionOf } from './revisions.ts';

/** A text, and before it what its key's revision has below that of etcd. */
export function lowText(low: number, text: string): string {
  return `${low} ${text}`;
}

export interface LowText {
  readonly revision: number;
  readonly text: string;
}

export function readLowText(era: Era, { value, revision }: KeyValue): LowText {
  const at = value.indexOf(' ');
  return {
    revision: revisionOf(era, revision, Number(value.slice(0, at))),
    text: value.slice(at + 1),
  };
}

/** When a lease was renewed is only shown: how long it lasts etcd decides. */
export function leaseText(nowMs: number, ttlMs: number): string {
  return `${nowMs} ${ttlMs}`;
}

/** What is found of an instance. */
export interface InstanceKeys {
  readonly record: KeyValue | undefined;
  readonly live: KeyValue | undefined;
  readonly lease: KeyValue | undefined;
  /** Of a lease that has ended, where it is known. */
  readonly renewedMs?: number | null;
}

export function storedInstance(
  era: Era,
  { record, live, lease, renewedMs = null }: InstanceKeys,
  nowMs: number,
): StoredInstance | null {
  if (record === undefined) return null;
  const { revision, text } = readLowText(era, record);
  const leaseThere = live === undefined ? null : leaseOf({ live, lease, renewedMs }, nowMs);
  return { record: recordOf(text), revision, lease: leaseThere };
}

/** When a lease was renewed that lasts. */
export function renewedMsOf({ value }: KeyValue): number {
  return Number(value.slice(0, value.indexOf(' ')));
}

interface LeaseKeys {
  readonly live: KeyValue;
  readonly lease: KeyValue | undefined;
  readonly renewedMs: number | null;
}

function leaseOf({ live, lease, renewedMs: lastMs }: LeaseKeys, nowMs: number): Lease {
  if (lease === undefined) {
    // As long ago as it lasted, at least.
    const leastMs = Number(live.value);
    return { leftMs: -1, sinceRenewMs: Math.max(leastMs, nowMs - (lastMs ?? nowMs)) };
  }
  const [renewedMs = 0, ttlMs = 0] = lease.value.split(' ').map(Number);
  return {
    leftMs: Math.max(LEFT_MS_MIN, renewedMs + ttlMs - nowMs),
    sinceRenewMs: Math.max(0, nowMs - renewedMs),
  };
}
